import type { Timers } from "../timer-wheel.ts";

/** Ends of sessions a second that are nothing out of the ordinary, and as many at once. */
const USUAL_ENDS = 100;

/**
 * When to end each of the sessions that a store has dropped: at once where it is one of a few; where all of a store's go
 * together they end one after the other, so that their clients do not all come back in the same moment.
 */
export class SpreadEnds {
  readonly #timers: Pick<Timers, "nowMs">;
  /** When the next session of each store ends at its even pace. */
  readonly #nextMs = new Map<string, number>();

  constructor(timers: Pick<Timers, "nowMs">) {
    this.#timers = timers;
  }

  /** How long to wait before one session ends, in seconds. `sessions` are those of the store, this one included. */
  delaySeconds(store: string, sessions: number, overSeconds: number): number {
    const { nowMs } = this.#timers;
    const stepMs = Math.min(1000 / USUAL_ENDS, (overSeconds * 1000) / sessions);
    const dueMs = Math.max(nowMs, this.#nextMs.get(store) ?? 0);
    this.#nextMs.set(store, dueMs + stepMs);
    return Math.max(0, dueMs - nowMs - USUAL_ENDS * stepMs) / 1000;
  }

  /** The store has no sessions any more. */
  forget(store: string): void {
    this.#nextMs.delete(store);
  }
}
