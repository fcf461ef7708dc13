import type { FrontProfile } from "./dialogue.ts";
import { isPlaintextMechanism } from "./sasl.ts";

/** What a client may log in with, on a connection as it is now. */
export interface Offer {
  /** Passwords and tokens are not taken, for want of TLS. */
  plaintextRefused: boolean;
  startTls: boolean;
  mechanisms: readonly string[];
}

/** The offer of a listener, in clear or under TLS. */
export function offerOf(profile: FrontProfile, tls: boolean): Offer {
  const plaintextRefused = !tls && !profile.allowPlaintextLogin;
  return {
    plaintextRefused,
    startTls: profile.startTls && !tls,
    mechanisms: profile.mechanisms.filter((name) => !(plaintextRefused && isPlaintextMechanism(name))),
  };
}
