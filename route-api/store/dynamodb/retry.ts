import { setTimeout as pause } from "node:timers/promises";
import type { StoreUsage } from "../store.ts";
import { isTransient, storeErrorOf } from "./errors.ts";

/** How long a request is tried for: so many attempts, and none that begins later than this after the first. */
export interface Patience {
  attempts: number;
  totalMs: number;
}

/** A user, or whoever holds a lease, waits for the answer. */
export const LOGIN_PATIENCE: Patience = { attempts: 6, totalMs: 2000 };
/** A sync may wait until a table has grown: doubling takes DynamoDB minutes. */
export const SYNC_PATIENCE: Patience = { attempts: 50, totalMs: 60_000 };

/** The first wait is up to this, each next one up to twice the one before, never more than the longest. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 2000;

/** Waits before another attempt, fully jittered; false where there shall be none. */
export type Wait = () => Promise<boolean>;

/** A wait between attempts that have begun now. */
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
 * Sends until it succeeds, fails for good or patience ends; the SDK itself tries once, so that what is counted and
 * bounded is here. `expected` errors are handed on as they are. Rejects with a StoreError.
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
