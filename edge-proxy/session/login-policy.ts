import type { InstanceConfig } from "../config/instance.ts";
import { type AccessRules, parseAccess } from "../guard/access-rules.ts";
import type { Certmap } from "../identity/certmap/certmap-file.ts";
import { type FormatResult, formatFaultText } from "../identity/format-fault.ts";
import { loginName } from "../identity/login-name.ts";
import type { NameSettings } from "../identity/login-parts.ts";
import { type ReadText, readCertmapFile, readVdmapFile } from "../identity/map-files.ts";
import { parseReplayFormat, type ReplayFormat } from "../identity/replay-format.ts";
import { isLookUp, parseSearchFormat, type SearchFormat } from "../identity/search-format.ts";
import type { VirtualDomain } from "../identity/virtual-domains/virtual-domain.ts";
import { utf8Octets } from "../protocol/octets.ts";
import type { RouteKeeping } from "../routing/routing.ts";
import { readAdministrator, type StoreAdministrator } from "./store-targets.ts";

/** How logins are judged and replayed, in an instance or in one of its virtual domains. */
export interface LoginPolicy {
  /** Its name in the vdmap file. */
  virtualDomain: string | undefined;
  names: NameSettings;
  /** Undefined: names are looked up. */
  searchFormat: SearchFormat | undefined;
  /** Undefined: the account's own name. */
  replayFormat: ReplayFormat | undefined;
  access: AccessRules | undefined;
  /** Login names that may log in for others, each with the name that stores know it by. */
  administrators: ReadonlyMap<string, string>;
  allowPlaintextLogin: boolean;
  /** Undefined: the store alone judges passwords. */
  preAuth: { entries: number; seconds: number } | undefined;
  /** Undefined: no certificate leads to an account. */
  certmap: Certmap | undefined;
  /** The virtual domain has CAs of its own: the instance's vouch for nobody there. */
  hasOwnAuthorities: boolean;
  /** Base DN for maps with an empty DNComps. */
  certmapBase: string | undefined;
  /** Logs in on users' behalf at stores without an administrator of their own. */
  admin: StoreAdministrator | undefined;
  /** Where the domain caches routes in another way than the instance. */
  routes: RouteKeeping | undefined;
}

/** The policies of an instance. */
export interface LoginPolicies {
  own: LoginPolicy;
  domains: { domain: VirtualDomain; policy: LoginPolicy }[];
}

/** Makes the policies of an instance. Reads the files that they name; throws where one cannot be read or is invalid. */
export function readPolicies(config: InstanceConfig, readText: ReadText): LoginPolicies {
  const { defaultDomain = "", domainDelimiters, canonicalDelimiter, storeAdmin, tls } = config;
  const readMap = (file: string): Certmap => readCertmapFile(file, readText).content;
  const names = {
    delimiters: domainDelimiters,
    canonicalDelimiter,
    defaultDomain: defaultDomain.toLowerCase(),
  };
  const own: LoginPolicy = {
    virtualDomain: undefined,
    names,
    searchFormat: searchOf(parsed(parseSearchFormat, config.searchFormat)),
    replayFormat: parsed(parseReplayFormat, config.replayFormat),
    access: accessOf(config.access),
    administrators: administratorsOf(config.administrators, names),
    allowPlaintextLogin: config.allowPlaintextLogin,
    preAuth: config.preAuth ? config.preAuthCache : undefined,
    certmap: tls?.certmapFile === undefined ? undefined : readMap(tls.certmapFile),
    hasOwnAuthorities: false,
    certmapBase: tls?.certmapBase,
    admin: storeAdmin && readAdministrator(storeAdmin, readText),
    routes: undefined,
  };
  const { virtualDomainFile } = config;
  const domains = virtualDomainFile === undefined ? [] : readVdmapFile(virtualDomainFile, readText).content;
  return {
    own,
    domains: domains.map((domain) => ({ domain, policy: overridden(own, config, domain, readMap) })),
  };
}

function overridden(
  own: LoginPolicy,
  { preAuth, preAuthCache }: InstanceConfig,
  { name, overrides }: VirtualDomain,
  readMap: (file: string) => Certmap,
): LoginPolicy {
  const { routeCacheEntries: entries, routeCacheSeconds: seconds, storeAdminUser } = overrides;
  const adminUser = storeAdminUser === undefined ? undefined : utf8Octets(storeAdminUser);
  return {
    virtualDomain: name,
    names: {
      delimiters: overrides.delimiters ?? own.names.delimiters,
      canonicalDelimiter: overrides.canonicalDelimiter ?? own.names.canonicalDelimiter,
      defaultDomain: overrides.defaultDomain ?? own.names.defaultDomain,
    },
    searchFormat: overrides.searchFormat === undefined ? own.searchFormat : searchOf(overrides.searchFormat),
    replayFormat: overrides.replayFormat ?? own.replayFormat,
    access: overrides.access ?? own.access,
    administrators: own.administrators,
    allowPlaintextLogin: overrides.allowPlaintextLogin ?? own.allowPlaintextLogin,
    preAuth:
      (overrides.preAuth ?? preAuth)
        ? {
            entries: overrides.authCacheEntries ?? preAuthCache.entries,
            seconds: overrides.authCacheSeconds ?? preAuthCache.seconds,
          }
        : undefined,
    certmap: overrides.certmapFile === undefined ? own.certmap : readMap(overrides.certmapFile),
    hasOwnAuthorities: overrides.clientCaFile !== undefined,
    certmapBase: own.certmapBase,
    admin: administratorOf(own.admin, adminUser, overrides.storeAdminPassword),
    routes: entries === undefined && seconds === undefined ? undefined : { entries, seconds },
  };
}

/** By the instance's settings everywhere: a virtual domain's own user of that name is somebody else. */
function administratorsOf(written: readonly string[], names: NameSettings): ReadonlyMap<string, string> {
  const administrators = new Map<string, string>();
  for (const each of written) {
    const name = loginName(utf8Octets(each), names);
    if (name.ok) administrators.set(name.login, each);
  }
  return administrators;
}

/** Name and password may each be the domain's own; undefined where one is missing. */
function administratorOf(
  own: StoreAdministrator | undefined,
  user = own?.user,
  password = own?.password,
): StoreAdministrator | undefined {
  return user === undefined || password === undefined ? undefined : { user, password, probe: own?.probe };
}

/** A search for the login name alone is a look-up, which costs less. */
function searchOf(format: SearchFormat | undefined): SearchFormat | undefined {
  return format !== undefined && isLookUp(format) ? undefined : format;
}

/** Parses a text that the schema has accepted. */
function parsed<T>(parse: (text: string) => FormatResult<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  const result = parse(text);
  if (!result.ok) throw new Error(`${text}: ${formatFaultText(result.fault)}`);
  return result.format;
}

function accessOf(texts: readonly string[]): AccessRules | undefined {
  if (texts.length === 0) return undefined;
  const result = parseAccess(texts);
  if (!result.ok) throw new Error(`${result.rule}: ${result.why}`);
  return result.rules;
}
