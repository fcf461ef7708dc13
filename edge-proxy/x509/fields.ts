import { type DerElement, DerError, derAt, derChildren, derOid, derOnly } from "./der.ts";

/** An extension (RFC 5280 section 4.2); `value` is DER. */
export interface Extension {
  critical: boolean;
  value: Uint8Array;
}

export type Extensions = ReadonlyMap<string, Extension>;

/** A time of X.509 in milliseconds since 1970 (RFC 5280 section 4.1.2.5). Throws DerError. */
export function derTime(der: Uint8Array, { tag, contentStart, end }: DerElement): number {
  const text = Buffer.from(der.subarray(contentStart, end)).toString("latin1");
  const century = tag === 0x17 ? (text < "50" ? "20" : "19") : "";
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if ((tag !== 0x17 && tag !== 0x18) || digits === null) throw new DerError("no time");
  const [year = 0, month = 0, ...rest] = digits.slice(1).map(Number);
  const [day, hours, minutes, seconds] = rest;
  return Date.UTC(year, month - 1, day, hours, minutes, seconds);
}

/** True for what may be a time. */
export const isTime = ({ tag }: DerElement): boolean => tag === 0x17 || tag === 0x18;

/** An integer in hex, in its one form: an octet 00 before one of 80 or more says that it is not negative. Throws DerError. */
export function derSerial(der: Uint8Array, element: DerElement | undefined): string {
  const { contentStart, end } = derOnly(element, 0x02);
  const hex = Buffer.from(der.subarray(contentStart, end)).toString("hex");
  return hex.replace(/^(00)+(?=[0-7])/, "");
}

/** Extensions by their object identifier; `sequence` is the list. Throws DerError, also where one comes twice. */
export function readExtensions(der: Uint8Array, sequence: DerElement | undefined): Extensions {
  const extensions = new Map<string, Extension>();
  for (const extension of derChildren(der, derOnly(sequence, 0x30))) {
    const [oid, ...rest] = derChildren(der, derOnly(extension, 0x30));
    const critical = rest[0]?.tag === 0x01 ? der[rest[0].contentStart] !== 0 : false;
    const { contentStart, end } = derOnly(rest.at(-1), 0x04);
    const name = derOid(der, derOnly(oid, 0x06));
    if (extensions.has(name)) throw new DerError("an extension comes twice");
    extensions.set(name, { critical, value: der.subarray(contentStart, end) });
  }
  return extensions;
}

/** The critical extensions that are not among those `known`. */
export const unknownCritical = (extensions: Extensions, known: ReadonlySet<string>): string[] =>
  [...extensions].filter(([oid, { critical }]) => critical && !known.has(oid)).map(([oid]) => oid);

/** The one element that octets are. Throws DerError. */
export function derWhole(octets: Uint8Array, tag: number): DerElement {
  const element = derOnly(derAt(octets, 0, octets.length), tag);
  if (element.end !== octets.length) throw new DerError("something follows it");
  return element;
}
