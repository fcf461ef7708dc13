import { constants } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { certificateNames } from "../x509/certificate-names.ts";
import { clientVouchers, type Vouchers } from "../x509/vouching.ts";
import { SHARES_TICKETS, ticketKeys, ticketPeriod } from "./ticket-keys.ts";
import { NO_RENEGOTIATION, policyOptions } from "./tls-policy.ts";
import type { ListenerTls } from "./transport.ts";

/** TLS contexts of a listener's certificates, by the names in them. */
export interface ServerContexts {
  /** For a client that sends no SNI, or a name that no certificate has. */
  fallback: SecureContext;
  /** The context for the name of a client's SNI. */
  for(serverName: string): SecureContext;
  /** Checks the clients' certificates, where they are asked for. */
  vouchers: Vouchers | undefined;
  /** The period of the tickets' keys; undefined where each process has its own. */
  ticketPeriod: number | undefined;
}

/** Asks for a certificate and accepts any: the options of tls.connect, TLSSocket and Bun.listen. */
export const ASK_CLIENTS = { requestCert: true, rejectUnauthorized: false } as const;

/** Without a session id context OpenSSL fails a client that resumes a session in which it was asked for a certificate. */
const SESSION_CONTEXT = "mmp";

/** Node forgets the SNI of a session that is resumed in TLS 1.2; Bun and Deno do not. */
const FORGETS_SERVER_NAME = !("Deno" in globalThis) && !("Bun" in globalThis);

/** The period whose ticket keys a listener's contexts must have; undefined where each process has its own keys. */
export const wantedPeriod = ({ tickets }: ListenerTls, nowMs: number): number | undefined =>
  SHARES_TICKETS && tickets !== undefined ? ticketPeriod(tickets, nowMs) : undefined;

/** Makes the contexts of a listener (at least one certificate). Throws if the PEM is invalid. */
export function serverContexts(tls: ListenerTls, nowMs: number): ServerContexts {
  const { certificates, policy, clientTrusts, needsServerName, tickets } = tls;
  const period = wantedPeriod(tls, nowMs);
  const vouchers = clientTrusts && clientVouchers(clientTrusts);
  const byName = new Map<string, SecureContext>();
  const common: SecureContextOptions = {
    ...policyOptions(policy),
    // Bun reads requestCert here too, and elsewhere only if it is set here.
    ...(vouchers && { ...ASK_CLIENTS, ca: vouchers.ca, sessionIdContext: SESSION_CONTEXT }),
    secureOptions:
      needsServerName === true && FORGETS_SERVER_NAME
        ? NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET
        : NO_RENEGOTIATION,
  };
  const contexts = certificates.map(({ cert, key }) => {
    const context = createSecureContext({
      ...common,
      cert,
      key,
      ...(tickets !== undefined &&
        period !== undefined && { ticketKeys: ticketKeys(tickets, period, [cert, vouchers?.ca ?? ""]) }),
    });
    for (const name of certificateNames(cert)) if (!byName.has(name)) byName.set(name, context);
    return context;
  });
  const [fallback] = contexts;
  if (fallback === undefined) throw new Error("a TLS listener without a certificate");
  return {
    fallback,
    vouchers,
    ticketPeriod: period,
    for(serverName) {
      const name = serverName.toLowerCase();
      return byName.get(name) ?? byName.get(name.replace(/^[^.]+/, "*")) ?? fallback;
    },
  };
}
