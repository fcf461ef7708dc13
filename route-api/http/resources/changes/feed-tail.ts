import type { Changes } from "../../../contract/changes.ts";
import { type ChangeFeed, type Reading, StoreError } from "../../../store/store.ts";
import { withTimeLimit } from "../../../store/time-limit.ts";
import { createRecentNames } from "./recent-names.ts";
import { createChangeRing } from "./ring.ts";

/** Time between two reads of the feed while somebody needs it, in milliseconds. */
export const POLL_MS = 50;
/** The same after a read that failed. */
const FAILED_POLL_MS = 250;
/** Reads may fail for this long before those who wait hear of it, in milliseconds. */
const FAILURE_TOLERATED_MS = 1000;
/** A read that takes longer has failed, in milliseconds. */
const READ_TIMEOUT_MS = 3000;
/** The feed is read for this long after the last look-up or wait; then reading it costs nothing, in milliseconds. */
const AWAKE_MS = 10_000;
/** Look-ups of a name are consistent ones for at least this long after the feed named it, in milliseconds. */
const RECENT_MS = 5000;
/** What the tail knows of names holds for this long after it was at the feed's end, in milliseconds. */
const KNOWLEDGE_MS = 5 * POLL_MS;
/** Changes in one answer, about. */
const ANSWER_CHANGES = 1000;
/** Changes kept in memory. */
const RING_CHANGES = 20_000;

/** The one reader of the store's change feed in a process, for any number of waiters. */
export interface FeedTail {
  /** The end of the feed as it is now. */
  end(): Promise<Changes>;
  /**
   * What came behind the cursor, at once where there is something, else as soon as it comes. Nothing where `waitMs`
   * pass, the signal ends the wait, or the tail is closed. Rejects with a StoreError where the feed cannot be read.
   */
  after(cursor: string, waitMs: number, signal: AbortSignal): Promise<Changes>;
  /** How the entry behind a login name must be read so that no change is missed that an edge has heard of. */
  readingFor(name: string): Reading;
  /** Those who wait. */
  readonly waiting: number;
  /** Seconds since the feed was last read to its end; 0 while nobody needs it. */
  ageSeconds(): number;
  /** Ends all waits, with what they have. */
  close(): void;
  readonly closed: boolean;
}

const tooLate = () => new StoreError("unreachable", `the change feed was not read in ${READ_TIMEOUT_MS} ms`);

interface Waiter {
  wake(): void;
  fail(error: Error): void;
}

export interface FeedTailOptions {
  feed: Pick<ChangeFeed, "changes">;
  /** Longest wait, whatever is asked for, in milliseconds. */
  maxWaitMs?: number;
  /** Milliseconds on a clock that never goes back. */
  nowMs?: () => number;
}

/**
 * Follows the feed while somebody needs it. Waiters at the tail's own cursors are served from memory; a cursor between
 * them, or an older one, is read from the store, once for all that ask the same.
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
  /** Goes up with everything that waiters must look at. */
  let generation = 0;
  let running = false;
  let closed = false;
  let neededAtMs = Number.NEGATIVE_INFINITY;
  /** When the feed was last read to its end. */
  let levelAtMs = Number.NEGATIVE_INFINITY;
  let runningSinceMs = 0;
  let failingSinceMs: number | undefined;
  let failure = new Error("not yet");
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isFailing = (): boolean =>
    failingSinceMs !== undefined && nowMs() - failingSinceMs >= FAILURE_TOLERATED_MS;

  const read = (cursor: string | undefined): Promise<Changes> =>
    withTimeLimit(feed.changes(cursor, ANSWER_CHANGES), READ_TIMEOUT_MS, tooLate);

  /** The same read for all that ask for it before anything new comes. */
  const readOnce = (cursor: string | undefined): Promise<Changes> => {
    const key = `${generation} ${cursor ?? ""}`;
    const known = reads.get(key);
    if (known !== undefined) return known;
    const reading = read(cursor).finally(() => reads.delete(key));
    reads.set(key, reading);
    return reading;
  };

  /** Reads on from where the ring ends; tells whether there may be more at once. */
  const follow = async (): Promise<boolean> => {
    const { end } = ring;
    const askedAtMs = nowMs();
    const answer = await read(end);
    failingSinceMs = undefined;
    const restarts = end === undefined || answer.gap;
    const isEnd = restarts || answer.changes.length === 0;
    // What came while the answer was under way it may lack.
    if (isEnd) levelAtMs = askedAtMs;
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

  /** Resolves when there may be something new, or the time is over. */
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
        // Who does not wait must not be told of nothing while the tail's next read is still to come.
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

    readingFor(name) {
      wakeUp();
      const knows = nowMs() - levelAtMs < KNOWLEDGE_MS;
      return knows && !recent.has(name) ? "eventual" : "consistent";
    },

    get waiting() {
      return waiters.size;
    },

    get closed() {
      return closed;
    },

    ageSeconds: () => (running ? (nowMs() - Math.max(levelAtMs, runningSinceMs)) / 1000 : 0),

    close() {
      closed = true;
      clearTimeout(timer);
      for (const waiter of [...waiters]) waiter.wake();
    },
  };
}
