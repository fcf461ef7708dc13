import { normalDn } from "../../../route-api/contract/distinguished-names.ts";

/** A distinguished name as RFC 4514 writes it: leaf first. A certificate has them the other way around. */
export type DistinguishedName = readonly RelativeName[];

/** Mostly one part; several are joined by `+`. */
export type RelativeName = readonly NamePart[];

export interface NamePart {
  /** As `attributeType` gives it. */
  readonly type: string;
  /** The text; undefined where the value is none. */
  readonly value: string | undefined;
  /** Its BER in hex, where it is no text. */
  readonly ber?: string;
}

/**
 * A DN in RFC 4514, section 2.4: blanks at the ends of values and control characters as hex pairs, other special
 * characters behind a backslash.
 *
 *     writeDn([[{ type: "cn", value: "Smith, Ann" }], [{ type: "o", value: "Acme" }]])   // "cn=Smith\\, Ann,o=Acme"
 */
export const writeDn = (dn: DistinguishedName, separator = ","): string =>
  dn.map((relative) => relative.map(writePart).join("+")).join(separator);

const writePart = ({ type, value, ber = "" }: NamePart): string =>
  `${type}=${value === undefined ? `#${ber}` : escapeDnValue(value)}`;

/** A value as a DN spells it (RFC 4514, section 2.4). */
export const escapeDnValue = (value: string): string =>
  value
    .replace(/["+,;<>\\=]/g, "\\$&")
    .replace(/^#/, "\\#")
    .replace(/[\u0000-\u001f\u007f-\u009f]|^ | $/g, hexPairs);

const hexPairs = (character: string): string => Buffer.from(character).toString("hex").replace(/../g, "\\$&");

/** The spelling in which DNs are compared; empty for one with an empty relative name, which matches nothing. */
export const comparableDn = (dn: DistinguishedName): string => normalDn(writeDn(dn)) ?? "";
