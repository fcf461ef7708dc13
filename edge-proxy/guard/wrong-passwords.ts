import { createHmac, randomBytes } from "node:crypto";

/** Bytes of a hash that are kept: two by chance the same would only not count twice. */
const HASH_BYTES = 12;

/**
 * Passwords that were wrong, each with its user as a salted hash: a mail program with an old password repeats one, who
 * guesses does not. Past `entries` the one that was tried the longest ago is forgotten.
 */
export class WrongPasswords {
  readonly #entries: number;
  readonly #salt: Uint8Array;
  readonly #hashes = new Set<string>();

  /** Workers with the same salt can tell each other hashes; it must be known to nobody else. */
  constructor(entries: number, salt: Uint8Array = randomBytes(32)) {
    this.#entries = entries;
    this.#salt = salt;
  }

  get size(): number {
    return this.#hashes.size;
  }

  /** The hash of what a user tried. */
  hash(user: string, proof: string): string {
    const digest = createHmac("sha256", this.#salt).update(`${user.length} ${user}${proof}`).digest();
    return digest.toString("base64", 0, HASH_BYTES);
  }

  /** Notes it; true where it is the first time. */
  isNew(hash: string): boolean {
    const isNew = !this.#hashes.delete(hash);
    this.#hashes.add(hash);
    if (this.#hashes.size > this.#entries) {
      const [oldest] = this.#hashes;
      if (oldest !== undefined) this.#hashes.delete(oldest);
    }
    return isNew;
  }
}
