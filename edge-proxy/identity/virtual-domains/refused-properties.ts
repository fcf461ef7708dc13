const FROM_TABLE = "routes come from the route table, which follows one directory; set it in `directory`";
const OTHER_INSTANCE = "it cannot vary by virtual domain; make another instance";

/** Properties of the old multiplexor that mean nothing here, in lower case, and why. */
const REFUSED = new Map<string, string>([
  ["ldapurl", FROM_TABLE],
  ["binddn", FROM_TABLE],
  ["bindpass", FROM_TABLE],
  ["usergroupdn", FROM_TABLE],
  ["mailhostattrs", "the sync reads it from the directory; set `directory.mailHostAttributes`"],
  ["hosteddomains", "the route table holds the names of all domains"],
  ["domainsearchformat", "the route table holds the names of all domains; SearchFormat can name %V"],
  ["tcpaccessattr", "the sync reads each user's rules from mailAllowedServiceAccess, for all domains"],
  ["clientlookup", "the edge asks no reverse DNS: rules go by addresses"],
  [
    "crams",
    "APOP and CRAM-MD5 need clear passwords in the directory; SCRAM goes through to the store instead",
  ],
  ["authservice", "POP before SMTP is not offered; clients log in to submit"],
  ["authservicettl", "POP before SMTP is not offered; clients log in to submit"],
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

/** Why a property is refused; both ways of writing it are given: in lower case, and as written. */
export function whyRefused(key: string, name: string): string {
  const why = REFUSED.get(key) ?? (key.startsWith("ssl") ? `TLS: ${OTHER_INSTANCE}` : undefined);
  return why === undefined
    ? `${name} is no property of a virtual domain`
    : `${name} has no meaning here: ${why}`;
}
