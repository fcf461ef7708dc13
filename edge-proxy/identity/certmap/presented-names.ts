import { createHash } from "node:crypto";
import { type DerElement, DerError, derAt, derChildren, derOid, derText } from "../../x509/der.ts";
import { attributeType } from "./attribute-types.ts";
import type { DistinguishedName, NamePart, RelativeName } from "./distinguished-name.ts";

/** What certificate mapping needs to know of a client's certificate. */
export interface PresentedCertificate {
  der: Uint8Array;
  /** SHA-256 of the DER, in hex: by which the route table finds certificates. */
  fingerprint: string;
  subject: DistinguishedName;
  issuer: DistinguishedName;
}

/**
 * Reads subject and issuer from a certificate's DER (RFC 5280, section 4.1). The runtimes' own text
 * forms are unusable: each escapes differently, and Deno leaves out some string types. Undefined if it is not a
 * certificate; whether it is trusted is decided elsewhere.
 *
 *     readCertificate(connection.peerCertificate)?.subject
 */
export function readCertificate(der: Uint8Array): PresentedCertificate | undefined {
  try {
    const names = namesOf(der);
    return { der, fingerprint: createHash("sha256").update(der).digest("hex"), ...names };
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** TBSCertificate: [0] version, serial, signature, issuer, validity, subject, … */
function namesOf(der: Uint8Array): { issuer: DistinguishedName; subject: DistinguishedName } {
  const certificate = derAt(der, 0, der.length);
  if (certificate.end !== der.length) throw new DerError("something follows the certificate");
  const [tbs] = sequence(der, certificate);
  const fields = sequence(der, tbs);
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  return { issuer: nameOf(der, fields[first + 2]), subject: nameOf(der, fields[first + 4]) };
}

const nameOf = (der: Uint8Array, name: DerElement | undefined): DistinguishedName =>
  sequence(der, name)
    .map((relative): RelativeName => children(der, relative, 0x31).map((part) => partOf(der, part)))
    .reverse();

function partOf(der: Uint8Array, part: DerElement): NamePart {
  const [oid, value, ...more] = sequence(der, part);
  if (oid === undefined || value === undefined || more.length > 0)
    throw new DerError("no attribute and value");
  const type = attributeType(derOid(der, oid));
  const text = derText(der, value);
  return text === undefined
    ? { type, value: undefined, ber: Buffer.from(der.subarray(value.start, value.end)).toString("hex") }
    : { type, value: text };
}

const sequence = (der: Uint8Array, element: DerElement | undefined): DerElement[] =>
  children(der, element, 0x30);

function children(der: Uint8Array, element: DerElement | undefined, tag: number): DerElement[] {
  if (element?.tag !== tag) throw new DerError("another type than the certificate's should be");
  return derChildren(der, element);
}
