/** Longest wait between two attempts, in milliseconds. */
const LONGEST_MS = 60_000;

/** Waits that double, each cut by up to a half at random, so that many who fail together do not come back together. */
export interface Backoff {
  /** Milliseconds until the next attempt. */
  next(): number;
  /** An attempt went well. */
  reset(): void;
}

export function backoff(firstMs: number, random: () => number = Math.random): Backoff {
  let ms = firstMs;
  return {
    next() {
      const wait = ms * (1 - random() / 2);
      ms = Math.min(ms * 2, Math.max(LONGEST_MS, firstMs));
      return wait;
    },
    reset() {
      ms = firstMs;
    },
  };
}
