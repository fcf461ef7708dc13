import type { Changes } from "../../../contract/changes.ts";
import type { ChangeFeed, Consistency } from "../../../store/store.ts";
import { withTimeLimit } from "../../../store/time-limit.ts";
import { createRecentNames } from "./recent-names.ts";
import { createChangeRing } from "./ring.ts";

/** Time between two reads of the feed while it is in use, in milliseconds. */
export const POLL_MS = 50;
/** The same after a failed read. */
const FAILED_POLL_MS = 250;
/** Reads may fail for this long before waiting requests fail too, in milliseconds. */
const FAILURE_TOLERATED_MS = 1000;
/** Time limit for a read, in milliseconds. */
const READ_TIMEOUT_MS = 3000;
/** The feed is read for this long after the last look-up or wait; an idle API costs nothing, in milliseconds. */
const AWAKE_MS = 10_000;
/** For at least this long after the feed named a login, look-ups of it are consistent, in milliseconds. */
const RECENT_MS = 5000;
/** What the tail knows about names is valid for this long after it last reached the end of the feed, in milliseconds. */
const KNOWLEDGE_MS = 5 * POLL_MS;
/** Approximate number of changes in one response. */
const ANSWER_CHANGES = 1000;
/** Changes kept in memory. */
const RING_CHANGES = 20_000;

/** The only reader of the change feed in a process, for any number of waiting requests. */
export interface FeedTail {
  /** The current end of the feed. */
  end(): Promise<Changes>;
  /**
   * The changes after the cursor: immediately if there are any, else as soon as there are. Returns none after `waitMs`, at
   * the signal, or when the tail is closed. Rejects with a StoreError if the feed cannot be read.
   */
  after(cursor: string, waitMs: number, signal: AbortSignal): Promise<Changes>;
  /** How a login must be looked up so that no change is missed that an edge may know of. */
  consistencyFor(login: string): Consistency;
  /** Number of waiting requests. */
  readonly waiting: number;
  /** Seconds since the feed was last read to its end; 0 while it is not in use. */
  ageSeconds(): number;
  /** Ends all waits. */
  close(): void;
  readonly closed: boolean;
}

interface Waiter {
  wake(): void;
  fail(error: Error): void;
}

export interface FeedTailOptions {
  feed: Pick<ChangeFeed, "changes">;
  /** Upper limit for waits, in milliseconds. */
  maxWaitMs?: number;
  /** A monotonic clock, in milliseconds. */
  nowMs?: () => number;
}

/**
 * Follows the feed while it is in use. Requests at cursors the tail has seen are served from memory; for any other cursor
 * the store is read, once for all requests with the same one.
 */
export function createFeedTail({
  feed,
  maxWaitMs = Number.POSITIVE_INFINITY,
  nowMs = () => performance.now(),
}: FeedTailOptions): FeedTail {
  const ring = createChangeRing(RING_CHANGES);
  const recent = createRecentNames(RECENT_MS, nowMs);
  const waiters = new Set<Waiter>();
  const reads = new Map<string, Promise<Changes>>();
  /** Incremented whenever waiting requests must look again. */
  let generation = 0;
  let running = false;
  let closed = false;
  let neededAtMs = Number.NEGATIVE_INFINITY;
  /** When the feed was last read to its end. */
  let reachedEndAtMs = Number.NEGATIVE_INFINITY;
  let runningSinceMs = 0;
  let failingSinceMs: number | undefined;
  let failure = new Error("not read yet");
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isFailing = (): boolean =>
    failingSinceMs !== undefined && nowMs() - failingSinceMs >= FAILURE_TOLERATED_MS;

  const read = (cursor: string | undefined): Promise<Changes> =>
    withTimeLimit(feed.changes(cursor, ANSWER_CHANGES), READ_TIMEOUT_MS);

  /** Shares one read among all requests for the same cursor until something new comes. */
  const readOnce = (cursor: string | undefined): Promise<Changes> => {
    const key = `${generation} ${cursor ?? ""}`;
    const known = reads.get(key);
    if (known !== undefined) return known;
    const reading = read(cursor).finally(() => reads.delete(key));
    reads.set(key, reading);
    return reading;
  };

  /** Reads on from the end of the ring; true if there may be more right away. */
  const follow = async (): Promise<boolean> => {
    const { end } = ring;
    const askedAtMs = nowMs();
    const answer = await read(end);
    failingSinceMs = undefined;
    const restarts = end === undefined || answer.gap;
    const isEnd = restarts || answer.changes.length === 0;
    // The answer may lack changes made while it was on its way.
    if (isEnd) reachedEndAtMs = askedAtMs;
    if (restarts) {
      ring.restart(answer.cursor);
      recent.addAll();
    } else {
      ring.add(answer);
      recent.add(answer.changes);
    }
    if (restarts || answer.changes.length > 0) {
      generation++;
      for (const waiter of [...waiters]) waiter.wake();
    }
    return !isEnd;
  };

  const noteFailure = (error: Error, sinceMs: number): void => {
    failure = error;
    failingSinceMs ??= sinceMs;
    if (isFailing()) for (const waiter of [...waiters]) waiter.fail(error);
  };

  const step = async (): Promise<void> => {
    const startedMs = nowMs();
    let pauseMs = POLL_MS;
    try {
      if (await follow()) pauseMs = 0;
    } catch (error) {
      noteFailure(error as Error, startedMs);
      pauseMs = FAILED_POLL_MS;
    }
    const needed = waiters.size > 0 || nowMs() - neededAtMs < AWAKE_MS;
    if (closed || !needed) {
      running = false;
      failingSinceMs = undefined;
      return;
    }
    timer = setTimeout(step, pauseMs);
  };

  const wakeUp = (): void => {
    neededAtMs = nowMs();
    if (running || closed) return;
    running = true;
    runningSinceMs = neededAtMs;
    void step();
  };

  /** Resolves when there may be something new, after `waitMs`, or at the signal. */
  const nextWake = (waitMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        waiters.delete(waiter);
        clearTimeout(limit);
        signal.removeEventListener("abort", waiter.wake);
        act();
      };
      const waiter: Waiter = {
        wake: () => settle(resolve),
        fail: (error) => settle(() => reject(error)),
      };
      const limit = setTimeout(waiter.wake, waitMs);
      signal.addEventListener("abort", waiter.wake);
      waiters.add(waiter);
    });

  return {
    async end() {
      wakeUp();
      return { cursor: (await readOnce(undefined)).cursor, gap: false, changes: [] };
    },

    async after(cursor, waitMs, signal) {
      const deadlineMs = nowMs() + Math.min(waitMs, maxWaitMs);
      let from = cursor;
      for (;;) {
        wakeUp();
        const seen = generation;
        const known = ring.since(from, ANSWER_CHANGES);
        // A request without a wait must not miss what the tail has not read yet.
        const isEnough = known !== undefined && (known.changes.length > 0 || waitMs > 0);
        const answer = isEnough ? known : await readOnce(from);
        if (answer.gap || answer.changes.length > 0) return answer;
        from = answer.cursor;
        if (generation !== seen) continue;
        const leftMs = deadlineMs - nowMs();
        if (leftMs <= 0 || closed || signal.aborted) return answer;
        if (isFailing()) throw failure;
        await nextWake(leftMs, signal);
      }
    },

    consistencyFor(login) {
      wakeUp();
      const knows = nowMs() - reachedEndAtMs < KNOWLEDGE_MS;
      return knows && !recent.has(login) ? "eventual" : "consistent";
    },

    get waiting() {
      return waiters.size;
    },

    get closed() {
      return closed;
    },

    ageSeconds: () => (running ? (nowMs() - Math.max(reachedEndAtMs, runningSinceMs)) / 1000 : 0),

    close() {
      closed = true;
      clearTimeout(timer);
      for (const waiter of [...waiters]) waiter.wake();
    },
  };
}
