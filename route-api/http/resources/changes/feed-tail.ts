import type { Feed, FeedPage, RouteStore } from "../../../store/store.ts";
import { withTimeLimit } from "../../../store/time-limit.ts";
import { createPace } from "./pace.ts";
import { createFeedRing } from "./ring.ts";

/** Time between two reads after a failed one, in milliseconds. */
const FAILED_POLL_MS = 250;
/** Reads may fail for this long before waiting requests fail too, in milliseconds. */
const FAILURE_TOLERATED_MS = 1000;
/** Time limit for a read, in milliseconds. */
const READ_TIMEOUT_MS = 3000;
/** The feed is read for this long after the last look-up or wait; an idle API costs nothing, in milliseconds. */
const AWAKE_MS = 10_000;
/** Approximate number of items in one response. */
const ANSWER_ITEMS = 1000;
/** Items kept in memory. */
const RING_ITEMS = 20_000;

/** The only reader of a feed in a process, for any number of waiting requests. */
export interface FeedTail<T> {
  /** The current end of the feed. */
  end(): Promise<FeedPage<T>>;
  /**
   * The items after the cursor: immediately if there are any, else as soon as there are. Returns none after `waitMs`, at
   * the signal, or when the tail is closed. Rejects with a StoreError if the feed cannot be read.
   */
  after(cursor: string, waitMs: number, signal: AbortSignal): Promise<FeedPage<T>>;
  /**
   * The items after the cursor (undefined: the end), by a read that began after this call or after an earlier one with
   * the same `mark`, so that many callers who wait for the same event share it.
   */
  reread(cursor: string | undefined, mark: string): Promise<FeedPage<T>>;
  /** Keeps the feed in use. */
  wakeUp(): void;
  /** Milliseconds since the feed was last read to its end. */
  endAgeMs(): number;
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

export interface FeedTailOptions<T> {
  feed: Pick<Feed<T>, "after" | "next">;
  /** Time between two reads of the feed while it is in use, in milliseconds. */
  pollMs: number;
  /** Makes reads seldom while there are no writes. */
  onWrite?: RouteStore["onWrite"];
  /** Called with what was read up to a cursor, before waiting requests get it; undefined if anything may have come in between. */
  onRead?(items: readonly T[] | undefined, cursor: string): void;
  /** Upper limit for waits, in milliseconds. */
  maxWaitMs?: number;
  /** A monotonic clock, in milliseconds. */
  nowMs?: () => number;
}

/**
 * Follows the feed while it is in use. Requests at cursors the tail has seen are served from memory; for any other cursor
 * the store is read, once for all requests with the same one.
 */
export function createFeedTail<T>({
  feed,
  pollMs,
  onWrite = () => undefined,
  onRead = () => {},
  maxWaitMs = Number.POSITIVE_INFINITY,
  nowMs = () => performance.now(),
}: FeedTailOptions<T>): FeedTail<T> {
  const ring = createFeedRing<T>(RING_ITEMS);
  const waiters = new Set<Waiter>();
  const reads = new Map<string, Promise<FeedPage<T>>>();
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

  const isFailing = (): boolean =>
    failingSinceMs !== undefined && nowMs() - failingSinceMs >= FAILURE_TOLERATED_MS;

  const read = (cursor: string | undefined): Promise<FeedPage<T>> =>
    withTimeLimit(feed.after(cursor, ANSWER_ITEMS), READ_TIMEOUT_MS);

  const readNext = (cursor: string): Promise<FeedPage<T>> =>
    withTimeLimit(feed.next(cursor, ANSWER_ITEMS), READ_TIMEOUT_MS);

  /** Shares one read among all requests for the same cursor, until something new comes or with the same mark. */
  const readOnce = (cursor: string | undefined, mark = String(generation)): Promise<FeedPage<T>> => {
    const key = `${mark} ${cursor ?? ""}`;
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
    const answer = await (end === undefined ? read(end) : readNext(end));
    failingSinceMs = undefined;
    const restarts = end === undefined || answer.gap;
    const isEnd = answer.items.length === 0 && !answer.gap;
    // The answer may lack changes made while it was on its way.
    if (isEnd) reachedEndAtMs = askedAtMs;
    if (restarts) ring.restart(answer.cursor);
    else ring.add(answer);
    onRead(restarts ? undefined : answer.items, answer.cursor);
    if (restarts || answer.items.length > 0) {
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
    let pauseMs: number | undefined;
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
      pace.stop();
      return;
    }
    pace.pause(pauseMs);
  };
  const pace = createPace({ pollMs, onWrite, nowMs, read: () => void step() });

  const wakeUp = (): void => {
    neededAtMs = nowMs();
    if (running || closed) return;
    running = true;
    runningSinceMs = neededAtMs;
    pace.start();
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
      return readOnce(undefined);
    },

    async after(cursor, waitMs, signal) {
      const deadlineMs = nowMs() + Math.min(waitMs, maxWaitMs);
      let from = cursor;
      for (;;) {
        wakeUp();
        const seen = generation;
        const known = ring.since(from, ANSWER_ITEMS);
        // A request without a wait must not miss what the tail has not read yet.
        const isEnough = known !== undefined && (known.items.length > 0 || waitMs > 0);
        const answer = isEnough ? known : await readOnce(from);
        if (answer.gap || answer.items.length > 0) return answer;
        from = answer.cursor;
        if (generation !== seen) continue;
        const leftMs = deadlineMs - nowMs();
        if (leftMs <= 0 || closed || signal.aborted) return answer;
        if (isFailing()) throw failure;
        await nextWake(leftMs, signal);
      }
    },

    reread(cursor, mark) {
      wakeUp();
      return readOnce(cursor, mark);
    },

    wakeUp,
    endAgeMs: () => nowMs() - reachedEndAtMs,

    get waiting() {
      return waiters.size;
    },

    get closed() {
      return closed;
    },

    ageSeconds: () => (running ? (nowMs() - Math.max(reachedEndAtMs, runningSinceMs)) / 1000 : 0),

    close() {
      closed = true;
      pace.stop();
      for (const waiter of [...waiters]) waiter.wake();
    },
  };
}
