import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { ServerCertificate } from "./transport.ts";

/** Contexts of a listener's certificates, by the names that they bear. */
export interface ServerContexts {
  /** For a client that names no server, or one that no certificate bears. */
  fallback: SecureContext;
  /** The context for the name of a client's SNI. */
  for(serverName: string): SecureContext;
}

/** Makes the contexts of certificates (at least one); the first is the fallback. TLS 1.2 or newer. Throws where PEM is wrong. */
export function serverContexts(certificates: readonly ServerCertificate[]): ServerContexts {
  const byName = new Map<string, SecureContext>();
  const contexts = certificates.map(({ cert, key }) => {
    const context = createSecureContext({ cert, key, minVersion: "TLSv1.2" });
    for (const name of certificateNames(cert)) if (!byName.has(name)) byName.set(name, context);
    return context;
  });
  const [fallback] = contexts;
  if (fallback === undefined) throw new Error("a TLS listener without a certificate");
  return {
    fallback,
    for(serverName) {
      const name = serverName.toLowerCase();
      return byName.get(name) ?? byName.get(name.replace(/^[^.]+/, "*")) ?? fallback;
    },
  };
}

/** DNS names of a certificate (RFC 6125): of its subjectAltName, or its common name where it has none; lower case. */
export function certificateNames(pem: string): string[] {
  const { subjectAltName, subject } = new X509Certificate(pem);
  const names = [...(subjectAltName ?? "").matchAll(/(?:^|, )DNS:([^,\s]+)/g)].map(([, name = ""]) =>
    name.toLowerCase(),
  );
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  return names.length > 0 || common === undefined ? names : [common.toLowerCase()];
}
