import type { Channel, FrontProfile } from "../dialogue.ts";
import { encodeOctets } from "../octets.ts";
import { type Offer, offerOf } from "../offer.ts";
import type { SpoofMessage } from "./spoofed-maildrop.ts";

export interface Pop3FrontProfile extends FrontProfile {
  /** What a user finds while the store is down. */
  spoofMessage: SpoofMessage | undefined;
}

/** What a client is told before it logs in. */
export interface Pop3Offer extends Offer {
  greeting: Uint8Array;
  /** Lines of the answer to CAPA. */
  capabilities: readonly string[];
}

/** The offer of a listener, made once for all its sessions. */
export function pop3Offer(profile: Pop3FrontProfile, channel: Channel): Pop3Offer {
  const offer = offerOf(profile, channel);
  const capabilities = [
    "TOP",
    "UIDL",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    ...(offer.plaintextRefused ? [] : ["USER"]),
    ...(offer.startTls ? ["STLS"] : []),
    ...(offer.mechanisms.length === 0 ? [] : [`SASL ${offer.mechanisms.join(" ")}`]),
  ];
  return { ...offer, capabilities, greeting: encodeOctets(`+OK ${profile.banner}\r\n`) };
}
