import { type DerElement, DerError, derChildren, derOid, derOnly } from "./der.ts";
import { derSerial, derTime, derWhole, type Extensions, readExtensions, unknownCritical } from "./fields.ts";
import { nameKey } from "./names.ts";
import { readSigned, requireAlgorithm, type Signed } from "./signed.ts";

/** What trust needs of a certificate (RFC 5280 section 4.1). Names are keys to compare (names.ts). */
export interface Certificate {
  signed: Signed;
  serial: string;
  issuer: string;
  subject: string;
  notBeforeMs: number;
  notAfterMs: number;
  /** May sign certificates, as far as basicConstraints and keyUsage say. */
  isCa: boolean;
  /** pathLenConstraint: how many CAs may stand below it that did not issue their own certificate. */
  pathLength: number;
  /** May sign revocation lists, as far as keyUsage says. */
  signsLists: boolean;
  /** May prove a client's identity, as far as keyUsage says; means nothing of a CA. */
  signsForItself: boolean;
  /** extendedKeyUsage is absent, or has clientAuth or any. */
  isForClients: boolean;
  extensions: Extensions;
  /** Critical extensions that nothing here understands. */
  notUnderstood: string[];
  /** SubjectPublicKeyInfo, DER. */
  keyDer: Uint8Array;
}

export const EXTENSION = {
  keyUsage: "2.5.29.15",
  alternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  distributionPoints: "2.5.29.31",
  policies: "2.5.29.32",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Those that may be critical: names and policies say nothing against a login, the others are checked. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.alternativeName,
  EXTENSION.basicConstraints,
  EXTENSION.distributionPoints,
  EXTENSION.policies,
  EXTENSION.extendedKeyUsage,
]);

const CLIENT_AUTH: ReadonlySet<string> = new Set(["1.3.6.1.5.5.7.3.2", "2.5.29.37.0"]);

const ANY_LENGTH = Number.POSITIVE_INFINITY;

/** Bits of keyUsage, the first octet's highest first. */
const KEY_USAGE = { digitalSignature: 0x80, keyAgreement: 0x08, keyCertSign: 0x04, cRLSign: 0x02 } as const;

/** Reads a certificate. Throws DerError where it is none. */
export function readCertificateFields(der: Uint8Array): Certificate {
  const signed = readSigned(der);
  const fields = derChildren(der, signed.content);
  const versioned = fields[0]?.tag === 0xa0;
  const [serial, algorithm, issuer, validity, subject, key, ...rest] = versioned ? fields.slice(1) : fields;
  requireAlgorithm(der, signed, algorithm);
  const [notBefore, notAfter] = derChildren(der, derOnly(validity, 0x30));
  if (notBefore === undefined || notAfter === undefined) throw new DerError("no validity");
  const extensions = extensionsOf(der, rest);
  const names = {
    issuer: nameKey(der, derOnly(issuer, 0x30)),
    subject: nameKey(der, derOnly(subject, 0x30)),
  };
  const keyUsage = keyUsageOf(extensions);
  const mayUse = (bits: number): boolean => keyUsage === undefined || (keyUsage & bits) !== 0;
  const { start, end } = derOnly(key, 0x30);
  const constraints = extensions.get(EXTENSION.basicConstraints)?.value;
  // Roots of the nineties have no extensions at all.
  const isOldRoot = !versioned && names.issuer === names.subject;
  const { saysCa, pathLength } =
    constraints === undefined ? { saysCa: isOldRoot, pathLength: ANY_LENGTH } : readConstraints(constraints);
  return {
    signed,
    serial: derSerial(der, serial),
    ...names,
    notBeforeMs: derTime(der, notBefore),
    notAfterMs: derTime(der, notAfter),
    isCa: saysCa && mayUse(KEY_USAGE.keyCertSign),
    pathLength,
    signsLists: mayUse(KEY_USAGE.cRLSign),
    signsForItself: mayUse(KEY_USAGE.digitalSignature | KEY_USAGE.keyAgreement),
    isForClients: isForClients(extensions),
    extensions,
    notUnderstood: unknownCritical(extensions, UNDERSTOOD),
    keyDer: der.subarray(start, end),
  };
}

/** [3] behind the optional unique identifiers. */
function extensionsOf(der: Uint8Array, rest: readonly DerElement[]): Extensions {
  const field = rest.find(({ tag }) => tag === 0xa3);
  return field === undefined ? new Map() : readExtensions(der, derChildren(der, field)[0]);
}

function keyUsageOf(extensions: Extensions): number | undefined {
  const value = extensions.get(EXTENSION.keyUsage)?.value;
  if (value === undefined) return undefined;
  const { contentStart, end } = derWhole(value, 0x03);
  return end - contentStart > 1 ? value[contentStart + 1] : 0;
}

/** BasicConstraints (RFC 5280 section 4.2.1.9). Throws DerError. */
function readConstraints(value: Uint8Array): { saysCa: boolean; pathLength: number } {
  const fields = derChildren(value, derWhole(value, 0x30));
  const ca = fields[0]?.tag === 0x01 ? fields.shift() : undefined;
  const length = fields.length === 0 ? undefined : derSerial(value, fields[0]);
  if (length !== undefined && /^[89a-f]/.test(length)) throw new DerError("a negative pathLenConstraint");
  const pathLength = length === undefined ? ANY_LENGTH : Number(`0x${length}`);
  return { saysCa: ca !== undefined && value[ca.contentStart] !== 0, pathLength };
}

function isForClients(extensions: Extensions): boolean {
  const value = extensions.get(EXTENSION.extendedKeyUsage)?.value;
  if (value === undefined) return true;
  return derChildren(value, derWhole(value, 0x30)).some((oid) => CLIENT_AUTH.has(derOid(value, oid)));
}
