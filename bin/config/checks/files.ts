import { createPrivateKey, X509Certificate } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Fault, Path } from "../mistakes.ts";
import { asciiSecretFault, secretLineFault } from "../secret-text.ts";

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
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(certFile));
  } catch {
    return [{ path: places.certFile, text: `${certFile} contains no PEM certificate` }];
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) return [];
    return [{ path: places.keyFile, text: `${keyFile} does not match the certificate in ${certFile}` }];
  } catch {
    return [{ path: places.keyFile, text: `${keyFile} contains no PEM private key` }];
  }
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
