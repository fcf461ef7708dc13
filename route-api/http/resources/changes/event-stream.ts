import type { Change, Changes } from "../../../contract/changes.ts";
import type { FeedTail } from "./feed-tail.ts";

/** A comment is sent after this long without an event, so that no proxy considers the stream dead. */
const KEEP_ALIVE_MS = 15_000;
/** A stream ends after this; the reader reconnects with Last-Event-ID, perhaps to another process. */
const STREAM_MAX_MS = 300_000;
/** How long a reader waits before it reconnects, in milliseconds. */
const RETRY_MS = 1000;

export interface EventStreamOptions {
  tail: Pick<FeedTail<Change>, "after" | "end" | "closed">;
  /** Cursor of the last event that the reader has; undefined: start at the end. */
  after: string | undefined;
  /** Aborted when the reader disconnects. */
  signal: AbortSignal;
  /** Called at least once when the stream is over. */
  ended: () => void;
  keepAliveMs?: number;
  maxMs?: number;
}

/**
 * The feed as server-sent events: `changes` events whose id is the cursor. The next one is fetched when the reader has
 * taken the last, so a slow reader costs no memory. The stream ends if the feed cannot be read.
 */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { tail, signal, ended, keepAliveMs = KEEP_ALIVE_MS, maxMs = STREAM_MAX_MS } = options;
  const encoder = new TextEncoder();
  const untilMs = performance.now() + maxMs;
  const cancelled = new AbortController();
  const gone = AbortSignal.any([signal, cancelled.signal]);
  let cursor = options.after;

  const next = async (): Promise<string> => {
    const page = cursor === undefined ? await tail.end() : await tail.after(cursor, keepAliveMs, gone);
    const isNews = cursor === undefined || page.gap || page.items.length > 0;
    cursor = page.cursor;
    return isNews ? event({ cursor, gap: page.gap, changes: page.items }) : ":\n\n";
  };

  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
    },
    async pull(controller) {
      const text = await next().catch(() => undefined);
      if (cancelled.signal.aborted) return;
      const goesOn = text !== undefined && !gone.aborted && !tail.closed;
      if (goesOn) controller.enqueue(encoder.encode(text));
      if (goesOn && performance.now() < untilMs) return;
      ended();
      controller.close();
    },
    cancel() {
      cancelled.abort();
      ended();
    },
  });
}

const event = (changes: Changes): string =>
  `id: ${changes.cursor}\nevent: changes\ndata: ${JSON.stringify(changes)}\n\n`;
