import { readFileSync } from "node:fs";
import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { mappedAttributes } from "../../../edge-proxy/identity/certmap/certmap-file.ts";
import {
  ConfiguredFileError,
  readCertmapFile,
  readVdmapFile,
} from "../../../edge-proxy/identity/map-files.ts";
import { replayedAttributes } from "../../../edge-proxy/identity/replay-format.ts";
import { searchedAttributes } from "../../../edge-proxy/identity/search-format.ts";
import {
  type LoginPolicies,
  type LoginPolicy,
  readPolicies,
} from "../../../edge-proxy/session/login-policy.ts";
import { normalDn } from "../../../route-api/contract/distinguished-names.ts";
import type { Configuration } from "../load.ts";
import type { Path } from "../mistakes.ts";
import { type Fault, readable } from "./files.ts";

/** Attributes that the table of routes has by itself. */
const OWN_ATTRIBUTES: ReadonlySet<string> = new Set(["login", "dn", "certificate"]);
/** Mechanisms that bring what a directory could be asked about, or that need no asking. */
const JUDGED_BY_DIRECTORY: ReadonlySet<string> = new Set(["PLAIN", "LOGIN", "EXTERNAL"]);

const readText = (path: string): string => readFileSync(path, "utf8");

/** A policy, and how faults of it are told: the instance's own fields, or the virtual domain file. */
interface Place {
  policy: LoginPolicy;
  fault(field: Path, property: string, text: string): Fault;
}

/** Checks how an instance and its virtual domains judge logins: their files, and what these need of other settings. */
export function checkLogins(configuration: Configuration, name: string, instance: InstanceConfig): Fault[] {
  const here = ["instances", name];
  const faults = checkFiles(instance, here);
  if (faults.length > 0) return faults;
  const policies = readPolicies(instance, readText);
  return [
    ...checkCertificates(configuration, instance, policies, here),
    ...checkAdministrators(policies, here),
    ...placesOf(policies, here).flatMap((place) => [
      ...checkAttributes(configuration, place),
      ...checkPreAuth(configuration, instance, place),
    ]),
  ];
}

/** Lines of an instance's files that have no effect. */
export function loginWarnings({ virtualDomainFile, tls }: InstanceConfig): string[] {
  const warnings: string[] = [];
  const maps = new Set(tls?.certmapFile === undefined ? [] : [tls.certmapFile]);
  if (virtualDomainFile !== undefined) {
    const { content, ignored } = readVdmapFile(virtualDomainFile, readText);
    warnings.push(...ignored);
    for (const { overrides } of content)
      if (overrides.certmapFile !== undefined) maps.add(overrides.certmapFile);
  }
  return [...warnings, ...[...maps].flatMap((file) => readCertmapFile(file, readText).ignored)];
}

function checkFiles({ virtualDomainFile, storeAdmin, tls }: InstanceConfig, here: Path): Fault[] {
  const vdmap = [...here, "virtualDomainFile"];
  const faults = [
    ...readable(storeAdmin?.passwordFile, [...here, "storeAdmin", "passwordFile"]),
    ...readable(virtualDomainFile, vdmap),
    ...checkCertmap(tls?.certmapFile, [...here, "tls", "certmapFile"]),
  ];
  if (virtualDomainFile === undefined || faults.some(({ path }) => path.at(-1) === "virtualDomainFile")) {
    return faults;
  }
  const domains = attempt(vdmap, () => readVdmapFile(virtualDomainFile, readText).content);
  if ("text" in domains) return [...faults, domains];
  for (const { name, line, overrides } of domains) {
    const wrong = checkCertmap(overrides.certmapFile, vdmap);
    faults.push(
      ...wrong.map(({ path, text }) => ({ path, text: `CertMap of ${name} (line ${line}): ${text}` })),
    );
  }
  return faults;
}

function checkCertmap(file: string | undefined, path: Path): Fault[] {
  if (file === undefined) return [];
  const unreadable = readable(file, path);
  if (unreadable.length > 0) return unreadable;
  const read = attempt(path, () => readCertmapFile(file, readText));
  return "text" in read ? [read] : [];
}

function attempt<T extends object>(path: Path, read: () => T): T | Fault {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfiguredFileError) return { path, text: error.message };
    throw error;
  }
}

const placesOf = ({ own, domains }: LoginPolicies, here: Path): Place[] => [
  { policy: own, fault: (field, _property, text) => ({ path: [...here, ...field], text }) },
  ...domains.map(({ domain: { name, line }, policy }) => ({
    policy,
    fault: (_field: Path, property: string, text: string) => ({
      path: [...here, "virtualDomainFile"],
      text: `${property} of ${name} (line ${line}) ${text}`,
    }),
  })),
];

/** Each attribute that is searched, or goes into a name, must be in the table of routes. */
function checkAttributes({ directory }: Configuration, { policy, fault }: Place): Fault[] {
  const kept = new Set(directory.searchAttributes.map((attribute) => attribute.toLowerCase()));
  const lacking = (attributes: readonly string[], own: ReadonlySet<string>): string =>
    attributes.filter((attribute) => !kept.has(attribute) && !own.has(attribute)).join(" and ");
  const { searchFormat, replayFormat, certmap } = policy;
  const searched = lacking(
    searchFormat === undefined ? [] : searchedAttributes(searchFormat),
    OWN_ATTRIBUTES,
  );
  const replayed = lacking(replayFormat === undefined ? [] : replayedAttributes(replayFormat), new Set());
  const mapped = lacking(certmap === undefined ? [] : mappedAttributes(certmap), OWN_ATTRIBUTES);
  const need = (attributes: string): string => `needs ${attributes} in directory.searchAttributes`;
  return [
    ...(searched === "" ? [] : [fault(["searchFormat"], "SearchFormat", need(searched))]),
    ...(replayed === "" ? [] : [fault(["replayFormat"], "ReplayFormat", need(replayed))]),
    ...(mapped === "" ? [] : [fault(["tls", "certmapFile"], "CertMap", need(mapped))]),
  ];
}

/** What pre-authentication needs, and what needs it. */
function checkPreAuth(
  { directory, stores }: Configuration,
  { mechanisms, listeners }: InstanceConfig,
  { policy, fault }: Place,
): Fault[] {
  const say = (text: string): Fault => fault(["preAuth"], "PreAuth", text);
  if (policy.preAuth === undefined) {
    const protocols = new Set(listeners.map(({ protocol }) => protocol));
    return Object.entries(stores)
      .filter(([, store]) => store.replay === "admin" && [...protocols].some((protocol) => store[protocol]))
      .map(([store]) => say(`must be on: stores.${store} has replay admin, and would never see a password`));
  }
  const unjudged = mechanisms.filter((mechanism) => !JUDGED_BY_DIRECTORY.has(mechanism));
  return [
    ...("url" in directory ? [] : [say("needs a directory server (directory.url) to bind to")]),
    ...(unjudged.length === 0
      ? []
      : [say(`needs a password: take ${unjudged.join(" and ")} out of mechanisms`)]),
  ];
}

/** Half an administrator is none. */
function checkAdministrators({ domains }: LoginPolicies, here: Path): Fault[] {
  return domains.flatMap(({ domain: { name, line, overrides }, policy }) => {
    const { storeAdminUser, storeAdminPassword } = overrides;
    if (policy.admin !== undefined || (storeAdminUser ?? storeAdminPassword) === undefined) return [];
    const [has, lacks] =
      storeAdminUser === undefined ? ["StoreAdminPass", "StoreAdmin"] : ["StoreAdmin", "StoreAdminPass"];
    const text = `${has} of ${name} (line ${line}) needs ${lacks}: the instance has no storeAdmin`;
    return [{ path: [...here, "virtualDomainFile"], text }];
  });
}

function checkCertificates(
  { stores }: Configuration,
  { tls, mechanisms }: InstanceConfig,
  { own, domains }: LoginPolicies,
  here: Path,
): Fault[] {
  const faults: Fault[] = [];
  const policies = [own, ...domains.map(({ policy }) => policy)];
  const mapping = policies.filter(({ certmap }) => certmap !== undefined);
  const external = mechanisms.indexOf("EXTERNAL");
  if (tls?.certmapFile !== undefined && tls.clientCaFile === undefined) {
    faults.push({ path: [...here, "tls", "certmapFile"], text: "needs clientCaFile beside it" });
  }
  if (tls?.certmapBase !== undefined && normalDn(tls.certmapBase) === undefined) {
    faults.push({ path: [...here, "tls", "certmapBase"], text: `${tls.certmapBase} is no DN` });
  }
  if (external < 0 || tls?.clientCaFile === undefined) return faults;
  if (mapping.length === 0) {
    faults.push({
      path: [...here, "mechanisms", external],
      text: "needs tls.certmapFile: whose certificate is it?",
    });
  }
  const hasOwn = Object.values(stores).every(({ storeAdmin }) => storeAdmin !== undefined);
  if (!hasOwn && mapping.some(({ admin }) => admin === undefined)) {
    faults.push({
      path: [...here, "mechanisms", external],
      text: "needs storeAdmin: the store hears no password of the user's",
    });
  }
  return faults;
}
