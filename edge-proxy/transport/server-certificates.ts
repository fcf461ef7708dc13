import { constants, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { type ClientAuthorities, clientAuthorities } from "../x509/client-authorities.ts";
import type { ListenerTls } from "./transport.ts";

/** TLS contexts of a listener's certificates, by the names in them. */
export interface ServerContexts {
  /** For a client that sends no SNI, or a name that no certificate has. */
  fallback: SecureContext;
  /** The context for the name of a client's SNI. */
  for(serverName: string): SecureContext;
  /** Checks the clients' certificates, where they are asked for. */
  authorities: ClientAuthorities | undefined;
}

/** Asks for a certificate and accepts any: the options of tls.connect, TLSSocket and Bun.listen. */
export const ASK_CLIENTS = { requestCert: true, rejectUnauthorized: false } as const;

/** Without a session id context OpenSSL fails a client that resumes a session in which it was asked for a certificate. */
const SESSION_CONTEXT = "mmp";

/** Node forgets the SNI of a session that is resumed in TLS 1.2; Bun and Deno do not. */
const FORGETS_SERVER_NAME = !("Deno" in globalThis) && !("Bun" in globalThis);

/** Makes the contexts of a listener (at least one certificate). TLS 1.2 or newer. Throws if the PEM is invalid. */
export function serverContexts({ certificates, clientTrust, needsServerName }: ListenerTls): ServerContexts {
  const byName = new Map<string, SecureContext>();
  const common: SecureContextOptions = {
    minVersion: "TLSv1.2",
    // Bun reads requestCert here too, and elsewhere only if it is set here.
    ...(clientTrust && { ...ASK_CLIENTS, ca: clientTrust.ca, sessionIdContext: SESSION_CONTEXT }),
    ...(needsServerName === true && FORGETS_SERVER_NAME && { secureOptions: constants.SSL_OP_NO_TICKET }),
  };
  const contexts = certificates.map(({ cert, key }) => {
    const context = createSecureContext({ ...common, cert, key });
    for (const name of certificateNames(cert)) if (!byName.has(name)) byName.set(name, context);
    return context;
  });
  const [fallback] = contexts;
  if (fallback === undefined) throw new Error("a TLS listener without a certificate");
  return {
    fallback,
    authorities: clientTrust && clientAuthorities(clientTrust),
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
