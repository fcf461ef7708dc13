import { createHash, hkdfSync } from "node:crypto";
import type { Secret } from "../../route-api/contract/secret.ts";

/** What the keys of TLS session tickets (RFC 5077, RFC 8446 section 4.6.1) come from, at every process that shares them. */
export interface TicketSecret {
  secret: Secret;
  /** How long a key is in use. */
  keySeconds: number;
}

/** Node takes a name of 16 bytes, a key for HMAC and one for AES. */
const TICKET_KEYS_BYTES = 48;

/** True where the runtime takes keys for session tickets. Bun's `setTicketKeys` throws, and Bun and Deno ignore `ticketKeys`. */
export const SHARES_TICKETS = !("Deno" in globalThis) && !("Bun" in globalThis);

/** Why a listener's tickets are good at the process that issued them only, or not issued at all; undefined where they are shared. */
export function unsharedTickets(
  needsServerName: boolean,
  shares: boolean = SHARES_TICKETS,
): string | undefined {
  if (!shares)
    return "tls.ticketSecretFile has no effect on this runtime: each process resumes only the TLS sessions that it has begun itself (Node can share them)";
  if (needsServerName)
    return "tls.ticketSecretFile has no effect beside sni: virtual domains: Node would forget the server name of a resumed session, so none is resumed";
  return undefined;
}

/** Which key is in use at a time, in milliseconds since 1970: every host knows by its clock. */
export const ticketPeriod = ({ keySeconds }: TicketSecret, nowMs: number): number =>
  Math.floor(nowMs / (keySeconds * 1000));

/**
 * The keys of a period, for listeners with the same `identity`: what the session was begun with, such as the certificate.
 * If that changes, older tickets are no longer accepted.
 */
export function ticketKeys({ secret }: TicketSecret, period: number, identity: readonly string[]): Buffer {
  const salt = createHash("sha256").update(JSON.stringify(identity)).digest();
  return Buffer.from(
    hkdfSync("sha256", secret.reveal(), salt, `mmp session tickets ${period}`, TICKET_KEYS_BYTES),
  );
}
