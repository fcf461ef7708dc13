import { X509Certificate } from "node:crypto";

/** DNS names of a certificate (RFC 6125): of its subjectAltName, or its common name where it has none; lower case. */
export function certificateNames(pem: string): string[] {
  const { subjectAltName, subject } = new X509Certificate(pem);
  const names = [...(subjectAltName ?? "").matchAll(/(?:^|, )DNS:([^,\s]+)/g)].map(([, name = ""]) =>
    name.toLowerCase(),
  );
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  return names.length > 0 || common === undefined ? names : [common.toLowerCase()];
}
