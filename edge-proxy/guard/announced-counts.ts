import type { Timers } from "../timer-wheel.ts";

export interface AnnouncedCountsOptions {
  /** Failures from which on the other edges hear of them. */
  announceFailures: number;
  decaySeconds: number;
  /** Keys that are remembered. */
  entries: number;
  timers: Pick<Timers, "nowMs">;
}

/** Which counts of failures other edges are to hear of, and have heard of. */
export class AnnouncedCounts {
  readonly #options: AnnouncedCountsOptions;
  /** When each key was announced, oldest first. */
  readonly #announced = new Map<string, number>();

  constructor(options: AnnouncedCountsOptions) {
    this.#options = options;
  }

  /**
   * Whether the count is to be announced: it is large enough and has not been for half of the time in which it decays, or
   * it has been and has become smaller than that.
   */
  isNews(key: string, count: number): boolean {
    const { announceFailures, decaySeconds, entries, timers } = this.#options;
    const sinceMs = timers.nowMs - (this.#announced.get(key) ?? Number.NEGATIVE_INFINITY);
    // What has decayed since the first of them still counts as begun, as it does for the delay.
    if (Math.ceil(count - ROUNDING) < announceFailures) return this.#announced.delete(key);
    if (sinceMs < (decaySeconds * 1000) / 2) return false;
    this.#announced.delete(key);
    this.#announced.set(key, timers.nowMs);
    if (this.#announced.size > entries) this.#announced.delete(this.#announced.keys().next().value ?? "");
    return true;
  }
}

/** Sums of fading counts are not exact. */
const ROUNDING = 1e-6;
