import { createPrivateKey, X509Certificate } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Path } from "../mistakes.ts";

/** A mistake that one value alone does not show. */
export interface Fault {
  path: Path;
  text: string;
}

/** Whether the files hold a certificate and its key, in PEM. */
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
    return [{ path: [...path, "certFile"], text: `${certFile} holds no certificate in PEM` }];
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) return [];
    return [{ path: [...path, "keyFile"], text: `${keyFile} is not the key of ${certFile}` }];
  } catch {
    return [{ path: [...path, "keyFile"], text: `${keyFile} holds no private key in PEM` }];
  }
}

/** Whether the file can be read. */
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
