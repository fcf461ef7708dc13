import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Timers } from "../timer-wheel.ts";

/** Whose password it is. Another version of the entry may have another password. */
export interface PasswordOwner {
  uuid: string;
  version: string;
}

interface Known {
  version: string;
  hash: Buffer;
  untilMs: number;
}

const SALT_BYTES = 32;

/**
 * Passwords that the directory has accepted, each as a salted hash, for a limited time; when it is full, the oldest
 * goes. The salt never leaves the process: the hashes are worth nothing elsewhere.
 */
export class PreAuthCache {
  readonly entries: number;
  readonly seconds: number;
  readonly #timers: Pick<Timers, "nowMs">;
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #known = new Map<string, Known>();

  constructor(entries: number, seconds: number, timers: Pick<Timers, "nowMs">) {
    this.entries = entries;
    this.seconds = seconds;
    this.#timers = timers;
  }

  /** True where it is known to be right. False proves nothing: the password may have been changed. */
  isRight({ uuid, version }: PasswordOwner, password: string): boolean {
    const known = this.#known.get(uuid);
    if (known === undefined) return false;
    if (known.version !== version || known.untilMs <= this.#timers.nowMs) {
      this.#known.delete(uuid);
      return false;
    }
    return timingSafeEqual(known.hash, this.#hash(uuid, password));
  }

  learn({ uuid, version }: PasswordOwner, password: string): void {
    if (this.entries === 0 || this.seconds === 0) return;
    const untilMs = this.#timers.nowMs + this.seconds * 1000;
    this.#known.delete(uuid);
    this.#known.set(uuid, { version, hash: this.#hash(uuid, password), untilMs });
    if (this.#known.size <= this.entries) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #hash(uuid: string, password: string): Buffer {
    return createHmac("sha256", this.#salt).update(`${uuid}\0${password}`).digest();
  }
}
