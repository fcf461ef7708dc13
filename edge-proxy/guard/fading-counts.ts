import type { Timed, Timers } from "../timer-wheel.ts";

export interface FadingCountsOptions {
  /** A count that nothing is added to is 0 after as many seconds, and goes down evenly until then. */
  decaySeconds: number;
  /** Keys that are remembered; past it the one that was added to the longest ago is forgotten. */
  entries: number;
  timers: Timers;
}

/** A count as it was when something was last added. */
interface Faded {
  count: number;
  atMs: number;
}

/** Counts by key that go down by themselves. */
export class FadingCounts implements Timed {
  due = -1;
  readonly #options: FadingCountsOptions;
  /** In the order in which they were last added to. */
  readonly #counts = new Map<string, Faded>();

  constructor(options: FadingCountsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#counts.size;
  }

  of(key: string): number {
    const faded = this.#counts.get(key);
    if (faded === undefined) return 0;
    const { decaySeconds, timers } = this.#options;
    return faded.count * Math.max(0, 1 - (timers.nowMs - faded.atMs) / (decaySeconds * 1000));
  }

  keys(): Iterable<string> {
    return this.#counts.keys();
  }

  add(key: string): void {
    this.set(key, this.of(key) + 1);
  }

  /** Counts so much from now on; nothing where that is 0. */
  set(key: string, count: number): void {
    const { entries, timers } = this.#options;
    const isFirst = this.#counts.size === 0;
    this.#counts.delete(key);
    if (count <= 0) return;
    this.#counts.set(key, { count, atMs: timers.nowMs });
    if (isFirst) this.#sweepLater();
    if (this.#counts.size <= entries) return;
    const [oldest] = this.#counts.keys();
    if (oldest !== undefined) this.#counts.delete(oldest);
  }

  /** Takes away what is there, at most `most`. */
  take(key: string, most: number): void {
    const faded = this.#counts.get(key);
    const now = this.of(key);
    if (faded === undefined) return;
    if (now - most <= EPSILON) this.#counts.delete(key);
    // It goes on from where it was: at the same time as before nothing is left.
    else faded.count *= (now - most) / now;
  }

  /** Drops what has come to nothing. */
  expire(): void {
    const { decaySeconds, timers } = this.#options;
    for (const [key, { atMs }] of this.#counts) {
      if (timers.nowMs - atMs < decaySeconds * 1000) break;
      this.#counts.delete(key);
    }
    this.#sweepLater();
  }

  close(): void {
    this.#options.timers.clear(this);
    this.#counts.clear();
  }

  #sweepLater(): void {
    if (this.#counts.size > 0) this.#options.timers.set(this, this.#options.decaySeconds);
  }
}

/** Less than this is a sum that was not quite exact. */
const EPSILON = 1e-6;
