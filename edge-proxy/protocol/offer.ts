import type { Channel, FrontProfile } from "./dialogue.ts";
import { isPlaintextMechanism } from "./sasl.ts";

/** What a client may log in with, on a connection as it is now. */
export interface Offer {
  /** Passwords and tokens are not taken, for want of TLS. */
  plaintextRefused: boolean;
  startTls: boolean;
  /** Mechanisms that the client is told of. */
  mechanisms: readonly string[];
  /** Mechanisms that it may try. */
  accepted: ReadonlySet<string>;
}

/**
 * The offer of a listener. EXTERNAL is offered to clients that have shown a certificate (RFC 4422 section 3.2); one that
 * has shown none may try it under TLS, so that the log says what was missing.
 */
export function offerOf(profile: FrontProfile, channel: Channel): Offer {
  const clear = channel === "clear";
  const plaintextRefused = clear && !profile.allowPlaintextLogin;
  const accepted = profile.mechanisms.filter(
    (name) => !(clear && name === "EXTERNAL") && !(plaintextRefused && isPlaintextMechanism(name)),
  );
  return {
    plaintextRefused,
    startTls: profile.startTls && clear,
    mechanisms: accepted.filter((name) => name !== "EXTERNAL" || channel === "tls-with-certificate"),
    accepted: new Set(accepted),
  };
}

/** Makes what every session of a listener is told, once for each channel. */
export const offers = <T>(make: (channel: Channel) => T): Readonly<Record<Channel, T>> => ({
  clear: make("clear"),
  tls: make("tls"),
  "tls-with-certificate": make("tls-with-certificate"),
});
