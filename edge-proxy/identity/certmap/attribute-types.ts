/** Attribute types that certificates and DNs use: OID, the name used here, and its aliases. */
const TYPES: readonly (readonly [oid: string, name: string, ...aliases: string[]])[] = [
  ["2.5.4.3", "cn", "commonname"],
  ["2.5.4.4", "sn", "surname"],
  ["2.5.4.5", "serialnumber"],
  ["2.5.4.6", "c", "countryname"],
  ["2.5.4.7", "l", "localityname"],
  ["2.5.4.8", "st", "s", "sp", "stateorprovincename"],
  ["2.5.4.9", "street", "streetaddress"],
  ["2.5.4.10", "o", "organizationname"],
  ["2.5.4.11", "ou", "organizationalunitname"],
  ["2.5.4.12", "title"],
  ["2.5.4.42", "givenname", "gn"],
  ["2.5.4.43", "initials"],
  ["2.5.4.46", "dnqualifier"],
  ["2.5.4.65", "pseudonym"],
  ["0.9.2342.19200300.100.1.1", "uid", "userid"],
  ["0.9.2342.19200300.100.1.3", "mail", "rfc822mailbox"],
  ["0.9.2342.19200300.100.1.25", "dc", "domaincomponent"],
  ["1.2.840.113549.1.9.1", "e", "email", "emailaddress"],
];

const NAMES = new Map(
  TYPES.flatMap(([oid, name, ...aliases]) =>
    [oid, name, ...aliases].map((key): [string, string] => [key, name]),
  ),
);

/** The types that make up a base DN (MMP's certmap). */
export const BASE_TYPES: ReadonlySet<string> = new Set([
  "c",
  "o",
  "cn",
  "l",
  "st",
  "ou",
  "uid",
  "e",
  "mail",
  "dc",
]);

/** The name of an attribute type in DNComps and FilterComps: the types of e-mail addresses are one there. */
export const componentType = (type: string): string => (type === "e" ? "mail" : type);

/** The one name of an attribute type, in lower case; an OID without a name stays as it is. */
export function attributeType(written: string): string {
  const key = written.toLowerCase().replace(/^oid\./, "");
  return NAMES.get(key) ?? key;
}
