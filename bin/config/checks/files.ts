import { createPrivateKey, X509Certificate } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Fault, Path } from "../mistakes.ts";
import { asciiSecretFault, secretLineFault } from "../secret-text.ts";

export const readText = (path: string): string => readFileSync(path, "utf8");

/** Names of the two fields of a certificate. */
const NAMES = { certFile: "certFile", keyFile: "keyFile" };

/** Checks a certificate that may be left out, which needs both of its files or none. */
export function checkOwnCertificate(
  { certFile, keyFile }: { certFile?: string | undefined; keyFile?: string | undefined },
  path: Path,
  names = NAMES,
): Fault[] {
  if (certFile !== undefined && keyFile !== undefined)
    return checkCertificate({ certFile, keyFile }, path, names);
  if (certFile !== undefined) return [{ path: [...path, names.certFile], text: `needs ${names.keyFile}` }];
  if (keyFile !== undefined) return [{ path: [...path, names.keyFile], text: `needs ${names.certFile}` }];
  return [];
}

/** Checks that a file contains certificates of CAs, in PEM. */
export function checkAuthorities(file: string | undefined, path: Path): Fault[] {
  const unreadable = readable(file, path);
  if (file === undefined || unreadable.length > 0) return unreadable;
  const marked = withoutMark(file, path);
  if (marked.length > 0) return marked;
  try {
    // TLS itself takes certificates that it cannot read without a word.
    const pems = readFileSync(file, "utf8").match(PEM_CERTIFICATE) ?? [];
    for (const pem of pems) new X509Certificate(pem);
    if (pems.length > 0) return [];
  } catch {
    // Not a certificate.
  }
  return [{ path, text: `${file} contains no PEM certificate` }];
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Checks that two files contain a certificate and its key, in PEM. */
export function checkCertificate(
  { certFile, keyFile }: { certFile: string; keyFile: string },
  path: Path,
  names = NAMES,
): Fault[] {
  const places = { certFile: [...path, names.certFile], keyFile: [...path, names.keyFile] };
  const unreadable = [...readable(certFile, places.certFile), ...readable(keyFile, places.keyFile)];
  if (unreadable.length > 0) return unreadable;
  const marked = [...withoutMark(certFile, places.certFile), ...withoutMark(keyFile, places.keyFile)];
  if (marked.length > 0) return marked;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(certFile));
  } catch {
    return [{ path: places.certFile, text: `${certFile} contains no PEM certificate` }];
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) {
      return checkKey(certificate, certFile, places.certFile);
    }
    return [{ path: places.keyFile, text: `${keyFile} does not match the certificate in ${certFile}` }];
  } catch {
    return [{ path: places.keyFile, text: `${keyFile} contains no PEM private key` }];
  }
}

/** RSA keys must be as long, in bits (RFC 9325 section 4.5): clients and OpenSSL refuse shorter ones. */
const RSA_BITS = 2048;

function checkKey({ publicKey }: X509Certificate, certFile: string, path: Path): Fault[] {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? RSA_BITS;
  if (publicKey.asymmetricKeyType !== "rsa" || bits >= RSA_BITS) return [];
  return [{ path, text: `${certFile} has an RSA key of ${bits} bits; at least ${RSA_BITS} are needed` }];
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Checks that a readable PEM file does not begin with a byte order mark, behind which OpenSSL finds no first block. */
export const withoutMark = (file: string | undefined, path: Path): Fault[] =>
  file !== undefined && readFileSync(file).subarray(0, 3).equals(BYTE_ORDER_MARK)
    ? [{ path, text: `${file} begins with a byte order mark (BOM): save it without` }]
    : [];

/** Checks that a PEM file can be read, and begins as one. */
export function readablePem(file: string | undefined, path: Path): Fault[] {
  const unreadable = readable(file, path);
  return unreadable.length > 0 ? unreadable : withoutMark(file, path);
}

/** Checks that a file can be read. */
export function readable(file: string | undefined, path: Path): Fault[] {
  if (file === undefined) return [];
  try {
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
    return [{ path, text: `${file} ${why}` }];
  }
}

/** Checks a file with a token, or with a password of ASCII characters. */
export const asciiSecret = (file: string | undefined, path: Path): Fault[] =>
  secretFile(file, path, asciiSecretFault);

/** Checks a file with a password. */
export const secret = (file: string | undefined, path: Path): Fault[] =>
  secretFile(file, path, secretLineFault);

function secretFile(
  file: string | undefined,
  path: Path,
  faultOf: (text: string) => string | undefined,
): Fault[] {
  const unreadable = readable(file, path);
  if (file === undefined || unreadable.length > 0) return unreadable;
  const fault = faultOf(readFileSync(file, "utf8"));
  return fault === undefined ? [] : [{ path, text: `${file} ${fault}` }];
}
