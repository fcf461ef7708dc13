import type { Channel, FrontProfile } from "../dialogue.ts";
import { encodeOctets, type Octets } from "../octets.ts";
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

/** Capabilities that end with the login. */
const BEFORE_LOGIN = /^(STARTTLS|LOGINDISABLED|SASL-IR|AUTH=.*)$/i;

/**
 * The CAPABILITY line for a client that learned `told` and now talks to a store that offered `offered`; empty where
 * both come to the same. A store's own word behind its OK is better: this is for a store that says none.
 */
export function changedCapabilities(told: readonly string[], offered: readonly string[]): Octets {
  const lasting = offered.filter((name) => !BEFORE_LOGIN.test(name));
  const known = new Set(told.map((name) => name.toUpperCase()));
  const same = lasting.length === known.size && lasting.every((name) => known.has(name.toUpperCase()));
  return same || lasting.length === 0 ? "" : `* CAPABILITY ${lasting.join(" ")}\r\n`;
}
