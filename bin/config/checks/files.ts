import { createPrivateKey, X509Certificate } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Fault, Path } from "../mistakes.ts";
import { asciiSecretFault, secretLineFault } from "../secret-text.ts";

/** Checks a client certificate, which needs both of its files or none. */
export function checkOwnCertificate(
  { certFile, keyFile }: { certFile?: string | undefined; keyFile?: string | undefined },
  path: Path,
): Fault[] {
  if (certFile !== undefined && keyFile !== undefined) return checkCertificate({ certFile, keyFile }, path);
  if (certFile !== undefined) return [{ path: [...path, "certFile"], text: "needs keyFile" }];
  if (keyFile !== undefined) return [{ path: [...path, "keyFile"], text: "needs certFile" }];
  return [];
}

/** Checks that two files contain a certificate and its key, in PEM. */
export function checkCertificate(
  { certFile, keyFile }: { certFile: string; keyFile: string },
  path: Path,
): Fault[] {
  const unreadable = [
    ...readable(certFile, [...path, "certFile"]),
    ...readable(keyFile, [...path, "keyFile"]),
  ];
  if (unreadable.length > 0) return unreadable;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(certFile));
  } catch {
    return [{ path: [...path, "certFile"], text: `${certFile} contains no PEM certificate` }];
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) return [];
    return [{ path: [...path, "keyFile"], text: `${keyFile} does not match the certificate in ${certFile}` }];
  } catch {
    return [{ path: [...path, "keyFile"], text: `${keyFile} contains no PEM private key` }];
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
