import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { certificateNames } from "../../../edge-proxy/x509/certificate-names.ts";
import type { Fault, Path } from "../mistakes.ts";
import { checkCertificate } from "./files.ts";

/** Checks an instance's certificates and cipher suites. */
export function checkTls({ tls }: InstanceConfig, here: Path): Fault[] {
  if (tls === undefined) return [];
  const path = [...here, "tls"];
  const faults = tls.certificates.flatMap((files, index) =>
    checkCertificate(files, [...path, "certificates", index]),
  );
  return [
    ...faults,
    ...(faults.length > 0 ? [] : checkNames(tls.certificates, [...path, "certificates"])),
    ...checkCiphers(tls.ciphers, [...path, "ciphers"]),
  ];
}

/** One name has one certificate: not every runtime can pick between an RSA and an EC certificate by the client's offer. */
function checkNames(certificates: readonly { certFile: string }[], path: Path): Fault[] {
  const first = new Map<string, { certFile: string; type: string | undefined }>();
  return certificates.flatMap(({ certFile }, index) => {
    const pem = readFileSync(certFile, "utf8");
    const type = new X509Certificate(pem).publicKey.asymmetricKeyType;
    for (const name of certificateNames(pem)) {
      const other = first.get(name);
      if (other !== undefined && other.type !== type) {
        const text = `${certFile} is for ${name}, as ${other.certFile} is, with a key of another type; only the first would be used`;
        return [{ path: [...path, index, "certFile"], text }];
      }
      if (other === undefined) first.set(name, { certFile, type });
    }
    return [];
  });
}

/** Checks that OpenSSL knows at least one of the suites; Deno, which ignores them, takes any. */
export function checkCiphers(ciphers: string | undefined, path: Path): Fault[] {
  if (ciphers === undefined) return [];
  try {
    createSecureContext({ ciphers });
    return [];
  } catch {
    return [{ path, text: `${ciphers} names no cipher suite that this runtime has` }];
  }
}
