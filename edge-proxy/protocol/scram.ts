import { base64Octets, type Octets } from "./octets.ts";

/** What a store's first message of SCRAM looks like (RFC 5802 section 7), beside what is in it. */
export interface ScramShape {
  /** Octets of the salt, and of the store's part of the nonce. */
  saltOctets: number;
  nonceOctets: number;
  iterations: number;
}

export const isScram = (mechanism: string): boolean => mechanism.startsWith("SCRAM-");

/** The nonce in a client's first message (base64); undefined where it has none. */
export const clientNonce = (initial: Octets): Octets | undefined =>
  /,r=([^,]+)/.exec(base64Octets(initial) ?? "")?.[1];

/** The shape of a store's first message (base64) in answer to a client's nonce; undefined where it is another message. */
export function scramShape(message: Octets, nonce: Octets): ScramShape | undefined {
  const [, both = "", salt = "", iterations = ""] =
    /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})(?:,|$)/.exec(base64Octets(message) ?? "") ?? [];
  const saltOctets = base64Octets(salt)?.length ?? 0;
  if (!both.startsWith(nonce) || saltOctets === 0) return undefined;
  return { saltOctets, nonceOctets: both.length - nonce.length, iterations: Number(iterations) };
}

/** A store's first message of SCRAM; the salt in base64. */
export const scramChallenge = (nonce: Octets, salt: string, iterations: number): Octets =>
  `r=${nonce},s=${salt},i=${iterations}`;
