import type { Channel, FrontProfile } from "../dialogue.ts";
import { encodeOctets } from "../octets.ts";
import { type Offer, offerOf } from "../offer.ts";

export interface ImapFrontProfile extends FrontProfile {
  /** Capabilities that all stores share; those that depend on the connection are added here. */
  capabilities: readonly string[];
  serverDownAlert: string;
}

/** What a client is told before it logs in. */
export interface ImapOffer extends Offer {
  /** Capabilities, separated by spaces. */
  capabilities: string;
  greeting: Uint8Array;
}

/** The offer of a listener, made once for all its sessions. */
export function imapOffer(profile: ImapFrontProfile, channel: Channel): ImapOffer {
  const offer = offerOf(profile, channel);
  const capabilities = [
    ...profile.capabilities,
    ...(offer.startTls ? ["STARTTLS"] : []),
    ...(offer.plaintextRefused ? ["LOGINDISABLED"] : []),
    "SASL-IR",
    ...offer.mechanisms.map((name) => `AUTH=${name}`),
  ].join(" ");
  const greeting = encodeOctets(`* OK [CAPABILITY ${capabilities}] ${profile.banner}\r\n`);
  return { ...offer, capabilities, greeting };
}
