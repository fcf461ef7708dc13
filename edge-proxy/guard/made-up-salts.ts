import { createHmac, randomBytes } from "node:crypto";

/** Octets that an outsider cannot tell from a store's. */
export interface MadeUpSalts {
  /** In base64; the same each time for the same name. At most 32 octets, as SHA-256 gives them. */
  salt(name: string, octets: number): string;
  /** Another one each time; printable, without commas. */
  nonce(octets: number): string;
}

/** Made-up salts, from a secret that all edges share: each of them gives a name the same one. */
export function madeUpSalts(secret: string): MadeUpSalts {
  const key = createHmac("sha256", secret).update("mmp: salts of unknown SCRAM users").digest();
  return {
    salt: (name, octets) =>
      createHmac("sha256", key).update(name).digest().subarray(0, octets).toString("base64"),
    nonce: (octets) => randomBytes(octets).toString("base64url").slice(0, octets),
  };
}
