import { assume, type Draft, put, secretFile, todo } from "../draft.ts";
import type { Finding } from "../finding.ts";
import { readText } from "../input.ts";
import { divideFilter } from "../mmp/filter-parts.ts";
import { searchAttributes } from "../mmp/formats.ts";
import { findFile, isYes, parseDoveconf, type Setting } from "./doveconf.ts";
import type { Passdb } from "./passdbs.ts";

/** Which attribute of an entry has the value of which field, and fields with a fixed value. */
interface FieldSources {
  attributes: Map<string, string>;
  fixed: string[];
}

/** What an LDAP passdb says besides its directory. */
export interface LdapPassdb {
  findings: Finding[];
  /** Fields that all users have. */
  fields: string[];
}

/** Stands for a base that is in a file which is not here. */
const UNKNOWN_BASE = "dc=example,dc=com";

/** Makes the directory of an LDAP passdb that of mmp.yaml. `top` are Dovecot's settings; 2.4 has the LDAP server there. */
export function ldapDirectory(draft: Draft, passdb: Passdb, top: readonly Setting[]): LdapPassdb {
  const settings = settingsOf(draft, passdb, top);
  const findings: Finding[] = [];
  const value = (...names: string[]): string | undefined => {
    const setting = settings.findLast(({ name }) => names.includes(name));
    if (setting?.value === "" || setting?.value === undefined) return undefined;
    return setting.value;
  };
  const sources = fieldSources(value("pass_attrs") ?? "", passdb.fields);
  const urls = value("uris", "ldap_uris")?.split(/[\s,]+/) ?? hostUrls(value("hosts") ?? "localhost");
  put(draft, "directory.url", urls.length === 1 ? urls[0] : urls);
  if (urls.some((url) => url.startsWith("ldaps:")) || isYes(value("tls", "ldap_starttls")))
    addTls(draft, value);
  const base = value("base", "ldap_base");
  if (base === undefined)
    assume(draft, `directory.base is ${UNKNOWN_BASE}, because it is not known: set it.`);
  put(
    draft,
    "directory.base",
    base?.includes("%") === true ? base.replace(/^.*%[^,]*,/, "") : (base ?? UNKNOWN_BASE),
  );
  if (base?.includes("%") === true) {
    todo(draft, `Dovecot searched below ${base}: see that directory.base contains all of these.`);
  }
  const bindDn = value("dn", "ldap_auth_dn");
  if (bindDn !== undefined) put(draft, "directory.bindDn", bindDn);
  const password = value("dnpass", "ldap_auth_dn_password");
  if (password !== undefined) put(draft, "directory.bindPasswordFile", secretFile(draft, "ldap", password));
  else if (bindDn !== undefined)
    todo(
      draft,
      `Put the password of ${bindDn} into a file and set directory.bindPasswordFile: it is not shown.`,
    );
  findUsers(draft, value("pass_filter", "passdb_ldap_filter", "filter", "ldap_filter"), sources);
  for (const { place, name } of settings.filter(({ name }) => FIELDS.has(name))) {
    findings.push({ place, name, fate: "changed", field: FIELDS.get(name) ?? "directory" });
  }
  return { findings, fields: sources.fixed };
}

const FIELDS = new Map<string, string>(
  Object.entries({
    hosts: "directory.url",
    uris: "directory.url",
    ldap_uris: "directory.url",
    base: "directory.base",
    ldap_base: "directory.base",
    dn: "directory.bindDn",
    ldap_auth_dn: "directory.bindDn",
    dnpass: "directory.bindPasswordFile",
    ldap_auth_dn_password: "directory.bindPasswordFile",
    tls: "directory.startTls",
    ldap_starttls: "directory.startTls",
    tls_ca_cert_file: "directory.caFile",
    pass_filter: "directory.loginAttributes, directory.filter",
    filter: "directory.loginAttributes, directory.filter",
    passdb_ldap_filter: "directory.loginAttributes, directory.filter",
    pass_attrs: "directory.mailHostAttributes, directory.accountAttributes",
  }),
);

/** Of the file that `args` names (2.3), and of Dovecot itself and the passdb (2.4). */
function settingsOf(draft: Draft, { args, place, settings }: Passdb, top: readonly Setting[]): Setting[] {
  const own = [...top.filter(({ name }) => name.startsWith("ldap_")), ...settings];
  if (args === "") return own;
  const path = findFile(args, place);
  if (path !== undefined) return [...own, ...parseDoveconf({ path, text: readText(path) }).settings];
  todo(
    draft,
    `${place.file}:${place.line}: ${args} is not on this machine. Copy it here and import again, or set url, base and bindDn of the directory.`,
  );
  return own;
}

const hostUrls = (hosts: string): string[] =>
  hosts.split(/[\s,]+/).flatMap((host) => (host === "" ? [] : [`ldap://${host}`]));

function addTls(draft: Draft, value: (...names: string[]) => string | undefined): void {
  if (isYes(value("tls", "ldap_starttls"))) put(draft, "directory.startTls", true);
  const ca = value("tls_ca_cert_file", "ssl_client_ca_file");
  if (ca !== undefined) put(draft, "directory.caFile", ca);
  else
    todo(
      draft,
      "The directory's certificate is verified: unless a public CA has signed it, put the CA into a PEM file and set directory.caFile.",
    );
}

/** `mailHost=host, uid=user, =proxy=y, =port=143` (2.3), or fields such as `host=%{ldap:mailHost}` (2.4). */
function fieldSources(passAttrs: string, fields: readonly string[]): FieldSources {
  const sources: FieldSources = { attributes: new Map(), fixed: [] };
  const template = (field: string, text: string): void => {
    const [, attribute] =
      /^%\{ldap:([A-Za-z][\w-]*)\S*\}$/.exec(text) ?? /^%\{([A-Za-z][\w-]*)\}$/.exec(text) ?? [];
    if (attribute !== undefined) sources.attributes.set(field, attribute);
    else sources.fixed.push(`${field}=${text}`);
  };
  for (const part of passAttrs.split(",").map((text) => text.trim())) {
    const [attribute = "", field = "", ...rest] = part.split("=");
    if (field === "") continue;
    if (attribute === "" || rest.length > 0) template(field, rest.join("="));
    else sources.attributes.set(field, attribute);
  }
  for (const one of fields) {
    const at = one.indexOf("=");
    if (at > 0) template(one.slice(0, at), one.slice(at + 1));
    else sources.fixed.push(one);
  }
  return sources;
}

/** How names are found and where their stores stand. */
function findUsers(draft: Draft, filter: string | undefined, { attributes }: FieldSources): void {
  const host = attributes.get("host") ?? attributes.get("hostip");
  if (host !== undefined) put(draft, "directory.mailHostAttributes", [host]);
  const account = attributes.get("destuser") ?? attributes.get("user");
  if (filter !== undefined) {
    const { attributes: logins } = searchAttributes(asSearchFormat(filter));
    if (logins.length > 0) put(draft, "directory.loginAttributes", logins);
    const { fixed } = divideFilter(asSearchFormat(filter));
    const present = `(${host ?? "mailHost"}=*)`;
    if (fixed.length > 0) put(draft, "directory.filter", `(&${present}${fixed.join("")})`);
    else if (host !== undefined) put(draft, "directory.filter", present);
    if (account === undefined && logins.length > 0) put(draft, "directory.accountAttributes", logins);
  }
  if (account !== undefined) put(draft, "directory.accountAttributes", [account]);
}

/** Dovecot's variables as those of a SearchFormat: both forms of `%u`, `%n` and `%d`. */
const asSearchFormat = (filter: string): string =>
  filter
    .replace(/%[LU]?\{user\s*\|\s*username\b[^}]*\}/g, "%U")
    .replace(/%[LU]?\{user\s*\|\s*domain\b[^}]*\}/g, "%V")
    .replace(/%[LU]?\{(?:user|original_user)\b[^}]*\}/g, "%s")
    .replace(/%[LU]?n/g, "%U")
    .replace(/%[LU]?d/g, "%V")
    .replace(/%[LU]?u/g, "%s");
