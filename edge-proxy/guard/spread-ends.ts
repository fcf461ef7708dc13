/** Ends of sessions a second that are nothing out of the ordinary, and as many at once. */
const USUAL_ENDS = 100;

/** When one of the sessions that a store has dropped ends, and what to go by for the next one. */
export interface SpreadEnd {
  delayMs: number;
  /** When the next one would end at its even pace. */
  nextMs: number;
}

/**
 * Spreads the ends of sessions that a store has dropped: one of a few ends at once; where all of a store's go together
 * they end one after the other over `overMs`, so that their clients do not all come back in the same moment. `sessions`
 * are those of the store, this one included; `nextMs` is what the last one gave.
 */
export function spreadEnd(nextMs: number, nowMs: number, sessions: number, overMs: number): SpreadEnd {
  const stepMs = Math.min(1000 / USUAL_ENDS, overMs / sessions);
  const dueMs = Math.max(nowMs, nextMs);
  return { delayMs: Math.max(0, dueMs - nowMs - USUAL_ENDS * stepMs), nextMs: dueMs + stepMs };
}
