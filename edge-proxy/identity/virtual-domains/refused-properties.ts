const FROM_TABLE = "routes come from the route table, which follows one directory; set it in `directory`";
const OTHER_INSTANCE = "it cannot differ between virtual domains; configure another instance";

/** Properties of the old multiplexor that are not supported, in lower case, and why. */
const REFUSED = new Map<string, string>([
  ["ldapurl", FROM_TABLE],
  ["binddn", FROM_TABLE],
  ["bindpass", FROM_TABLE],
  ["usergroupdn", FROM_TABLE],
  ["mailhostattrs", "the sync reads it from the directory; set `directory.mailHostAttributes`"],
  ["hosteddomains", "the route table holds the names of all domains"],
  ["domainsearchformat", "the route table holds the names of all domains; SearchFormat can use %V"],
  ["tcpaccessattr", "the sync reads each user's rules from mailAllowedServiceAccess, for all domains"],
  ["clientlookup", "the edge does no reverse DNS look-ups; rules match addresses"],
  [
    "crams",
    "APOP and CRAM-MD5 need clear passwords in the directory; use SCRAM, which is passed through to the store",
  ],
  ["authservice", "POP before SMTP is not supported; clients log in to submit mail"],
  ["authservicettl", "POP before SMTP is not supported; clients log in to submit mail"],
  ["certmapdn", "certificates are searched below the directory's base, for all domains"],
  ["banner", OTHER_INSTANCE],
  ["capability", OTHER_INSTANCE],
  ["serverdownalert", OTHER_INSTANCE],
  ["spoofmessagefile", OTHER_INSTANCE],
  ["timeout", OTHER_INSTANCE],
  ["connlimits", OTHER_INSTANCE],
  ["backsideport", OTHER_INSTANCE],
  ["sslbacksideport", OTHER_INSTANCE],
]);

/** Values of these that ask for what happens anyway, in lower case. */
const IDLE = new Map<string, string>([
  ["mailhostattrs", "mailhost"],
  ["hosteddomains", "no"],
  ["tcpaccessattr", "mailallowedserviceaccess"],
  ["clientlookup", "no"],
  ["crams", "no"],
  ["authservice", "no"],
  ["authservicettl", "0"],
]);

/** Whether a property that is not supported asks for what happens anyway. `key` is its name in lower case. */
export function isIdle(key: string, value: string): boolean {
  const written = /^(?:no|off|false|0)$/i.test(value) && IDLE.get(key) === "no" ? "no" : value.toLowerCase();
  return IDLE.get(key) === written;
}

/** Why a property is refused. `key` is its name in lower case, `name` as written. */
export function whyRefused(key: string, name: string): string {
  const why = REFUSED.get(key) ?? (key.startsWith("ssl") ? `TLS: ${OTHER_INSTANCE}` : undefined);
  return why === undefined ? `${name} is not a virtual domain property` : `${name} is not supported: ${why}`;
}
