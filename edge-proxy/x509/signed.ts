import { constants, type KeyObject, verify } from "node:crypto";
import { type DerElement, DerError, derAt, derChildren, derOid, derOnly } from "./der.ts";

/** What certificates and revocation lists have in common: content, algorithm, signature (RFC 5280 sections 4.1, 5.1). */
export interface Signed {
  /** The content: a SEQUENCE of its own. */
  content: DerElement;
  /** Its octets, which the signature is over. */
  octets: Uint8Array;
  algorithm: SignatureAlgorithm | undefined;
  /** Octets of the algorithm's identifier. */
  algorithmOctets: Uint8Array;
  signature: Uint8Array;
}

/** `hash` is null where the algorithm brings its own. */
interface SignatureAlgorithm {
  hash: "sha256" | "sha384" | "sha512" | null;
  keyType: "rsa" | "ec" | "ed25519";
  pssSaltLength?: number;
}

/** Those that still hold; SHA-1 and MD5 are left out on purpose. */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  "1.2.840.113549.1.1.11": { hash: "sha256", keyType: "rsa" },
  "1.2.840.113549.1.1.12": { hash: "sha384", keyType: "rsa" },
  "1.2.840.113549.1.1.13": { hash: "sha512", keyType: "rsa" },
  "1.2.840.10045.4.3.2": { hash: "sha256", keyType: "ec" },
  "1.2.840.10045.4.3.3": { hash: "sha384", keyType: "ec" },
  "1.2.840.10045.4.3.4": { hash: "sha512", keyType: "ec" },
  "1.3.101.112": { hash: null, keyType: "ed25519" },
};
const RSASSA_PSS = "1.2.840.113549.1.1.10";
const HASHES: Readonly<Record<string, SignatureAlgorithm["hash"]>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Takes a signed structure apart. Throws DerError. */
export function readSigned(der: Uint8Array): Signed {
  const whole = derAt(der, 0, der.length);
  if (whole.end !== der.length) throw new DerError("something follows it");
  const [content, algorithm, signature, ...more] = derChildren(der, derOnly(whole, 0x30));
  if (more.length > 0) throw new DerError("more than content, algorithm and signature");
  const bits = derOnly(signature, 0x03);
  // The first octet counts unused bits; signatures have none.
  if (der[bits.contentStart] !== 0) throw new DerError("no whole octets of a signature");
  const tbs = derOnly(content, 0x30);
  const identifier = derOnly(algorithm, 0x30);
  return {
    content: tbs,
    octets: der.subarray(tbs.start, tbs.end),
    algorithm: readAlgorithm(der, identifier),
    algorithmOctets: der.subarray(identifier.start, identifier.end),
    signature: der.subarray(bits.contentStart + 1, bits.end),
  };
}

/** Throws DerError where the content names another algorithm than stands beside the signature (RFC 5280 section 4.1.1.2). */
export function requireAlgorithm(
  der: Uint8Array,
  { algorithmOctets }: Signed,
  inside: DerElement | undefined,
): void {
  const { start, end } = derOnly(inside, 0x30);
  if (!Buffer.from(der.subarray(start, end)).equals(algorithmOctets))
    throw new DerError("it names two signature algorithms");
}

/** True where the owner of the key has signed it, by an algorithm that still holds. */
export function isSignedBy({ octets, algorithm, signature }: Signed, key: KeyObject): boolean {
  if (algorithm === undefined) return false;
  const { hash, keyType, pssSaltLength } = algorithm;
  if (key.asymmetricKeyType !== keyType) return false;
  const pss =
    pssSaltLength === undefined
      ? key
      : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pssSaltLength };
  try {
    return verify(hash, octets, pss, signature);
  } catch {
    // A runtime that does not know the curve: what cannot be checked is not signed.
    return false;
  }
}

function readAlgorithm(der: Uint8Array, sequence: DerElement): SignatureAlgorithm | undefined {
  const [oid, parameters] = derChildren(der, sequence);
  const name = derOid(der, derOnly(oid, 0x06));
  if (name !== RSASSA_PSS) return Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  return parameters === undefined ? undefined : readPss(der, derOnly(parameters, 0x30));
}

/** RFC 4055 section 3.1: [0] hash, [1] mask generation, [2] salt length. Its defaults are SHA-1, which does not hold. */
function readPss(der: Uint8Array, parameters: DerElement): SignatureAlgorithm | undefined {
  const fields = derChildren(der, parameters);
  const hashField = fields.find(({ tag }) => tag === 0xa0);
  const saltField = fields.find(({ tag }) => tag === 0xa2);
  if (hashField === undefined || saltField === undefined) return undefined;
  const [oid] = derChildren(der, derOnly(derChildren(der, hashField)[0], 0x30));
  const hash = HASHES[derOid(der, derOnly(oid, 0x06))];
  const salt = derOnly(derChildren(der, saltField)[0], 0x02);
  const length = der[salt.contentStart];
  if (hash === undefined || length === undefined || salt.end - salt.contentStart !== 1 || length > 127) {
    return undefined;
  }
  return { hash, keyType: "rsa", pssSaltLength: length };
}
