/** Longest delay between two attempts, in milliseconds. */
const LONGEST_MS = 60_000;

/** Exponential backoff with jitter: each delay is shortened by up to a half at random, so that clients spread out. */
export interface RetryDelays {
  /** Milliseconds until the next attempt. */
  next(): number;
  /** Call after a success. */
  reset(): void;
}

export function retryDelays(firstMs: number, random: () => number = Math.random): RetryDelays {
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
