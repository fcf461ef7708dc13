/** Writes just enough DER to put any name into a certificate; in hex, or from bytes. */
export function derOf(tag: number, content: Uint8Array | string): string {
  const hex = typeof content === "string" ? content : Buffer.from(content).toString("hex");
  return byte(tag) + lengthOf(hex.length / 2) + hex;
}

export const stringWith = (tag: number, text: string): string => derOf(tag, Buffer.from(text, "utf8"));

type Part = readonly [oid: string, value: string];

/** A Name: relative names in the certificate's order, each of attribute types and values in DER. */
export const nameWith = (relatives: readonly (readonly Part[])[]): string =>
  derOf(
    0x30,
    relatives
      .map((parts) => derOf(0x31, parts.map(([oid, value]) => derOf(0x30, oidOf(oid) + value)).join("")))
      .join(""),
  );

const ALGORITHM = derOf(0x30, oidOf("1.2.840.10045.4.3.2"));
const SERIAL = derOf(0x02, Uint8Array.of(1));
const VALIDITY = derOf(0x30, "");
const KEY = derOf(0x30, "");

/** A certificate of no key and no signature; of version 1 it does not say its version. */
export function certificateWith(issuer: string, subject: string, versioned = true): Uint8Array {
  const version = versioned ? derOf(0xa0, derOf(0x02, Uint8Array.of(2))) : "";
  const tbs = derOf(0x30, version + SERIAL + ALGORITHM + issuer + VALIDITY + subject + KEY);
  return Buffer.from(derOf(0x30, tbs + ALGORITHM + derOf(0x03, Uint8Array.of(0))), "hex");
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function lengthOf(length: number): string {
  if (length < 0x80) return byte(length);
  const hex = length.toString(16);
  const even = hex.padStart(hex.length + (hex.length % 2), "0");
  return byte(0x80 + even.length / 2) + even;
}

function oidOf(oid: string): string {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  return derOf(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
    digits.unshift((left % 128) + 128);
  return digits;
}
