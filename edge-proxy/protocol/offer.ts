import type { Channel, FrontProfile } from "./dialogue.ts";
import { isPlaintextMechanism } from "./sasl.ts";

/** What a client may log in with on its connection, in clear or over TLS. */
export interface Offer {
  /** Passwords and tokens are refused, since there is no TLS. */
  plaintextRefused: boolean;
  startTls: boolean;
  /** Mechanisms that the client is told about. */
  mechanisms: readonly string[];
  /** Mechanisms that it may try. */
  accepted: ReadonlySet<string>;
}

/**
 * The offer of a listener. EXTERNAL is offered to clients that have presented a certificate (RFC 4422 section 3.2); one
 * without may try it over TLS, so that the log says what was missing.
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

/** Makes what all sessions of a listener share, once for each channel. */
export const offers = <T>(make: (channel: Channel) => T): Readonly<Record<Channel, T>> => ({
  clear: make("clear"),
  tls: make("tls"),
  "tls-with-certificate": make("tls-with-certificate"),
});
