import { setTimeout as pause } from "node:timers/promises";
import type { StoreUsage } from "../store.ts";
import { isTransient, storeErrorOf } from "./errors.ts";

/** How long a request is retried: number of attempts, and the latest start of an attempt after the first. */
export interface Patience {
  attempts: number;
  totalMs: number;
}

/** For requests that a user or the holder of the lease is waiting for. */
export const LOGIN_PATIENCE: Patience = { attempts: 6, totalMs: 2000 };
/** A sync can wait for the table to scale up, which takes DynamoDB minutes. */
export const SYNC_PATIENCE: Patience = { attempts: 50, totalMs: 60_000 };

/** The first delay is up to this; each next one up to twice the previous, but never above the longest. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 2000;

/** Waits before the next attempt, with full jitter; false if there are no attempts left. */
export type Wait = () => Promise<boolean>;

/** Delays between attempts, the first of which starts now. */
export function waits({ attempts, totalMs }: Patience): Wait {
  const deadline = performance.now() + totalMs;
  let attempt = 1;
  return async () => {
    const wait = Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
    if (attempt >= attempts || performance.now() + wait > deadline) return false;
    attempt++;
    await pause(wait);
    return true;
  };
}

/**
 * Sends until the request succeeds, fails for good, or patience runs out; the SDK itself never retries, so that all
 * attempts are counted and bounded here. `expected` errors are rethrown unchanged. Rejects with a StoreError.
 */
export async function retrying<T>(
  send: () => Promise<T>,
  table: string,
  patience: Patience,
  usage: StoreUsage,
  expected: (error: unknown) => boolean = () => false,
): Promise<T> {
  const again = waits(patience);
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (expected(error)) throw error;
      const failure = storeErrorOf(error, table);
      if (failure.code === "throttled") usage.throttled++;
      if (!isTransient(failure) || !(await again())) throw failure;
    }
  }
}
