import type { Logger } from "pino";
import { channel, feed, pump } from "../event-queue.ts";
import type { DirectoryEvent } from "../source.ts";
import { type Position, positionKeeper } from "./cursor.ts";

/** Events of which one source tells while another reads everything. */
export interface FullReadingOptions {
  /** Tells of changes; its cursors are marks, and it says how each entry is named. */
  live: AsyncIterable<DirectoryEvent>;
  /** Makes `live` end. */
  closeLive(): void;
  /** Tells every entry once, with its name, then ends. */
  read(signal: AbortSignal): AsyncIterable<DirectoryEvent>;
  /** Time between two full readings, in milliseconds. */
  everyMs: number;
  /** What cursors are good for. */
  scope: string;
  /** Where `live` goes on; undefined: it begins with a full reading. */
  position: Position | undefined;
  log: Logger;
}

/** After a full reading that failed, the next comes no sooner than this, in milliseconds. */
const RETRY_MS = 600_000;
/** Events that wait for whoever takes them. */
const EVENTS_UNDER_WAY = 256;

type Told =
  | { by: "live"; event: DirectoryEvent }
  | { by: "reading"; reading: Reading; event: DirectoryEvent }
  | { by: "reading"; reading: Reading; event: "complete" | "failed" }
  | { by: "clock" };

interface Reading {
  beganMs: number;
  /** What went since it began: it may have read those before, and must not bring them back. */
  gone: Set<string>;
  abort: AbortController;
}

/**
 * Tells what `live` tells, and beside it, every so often, reads everything by another connection: what live missed is
 * found, while changes go on to be told at once. Live's marks become cursors that say when everything was last read.
 */
export async function* withFullReadings(options: FullReadingOptions): AsyncGenerator<DirectoryEvent> {
  const { live, closeLive, read, everyMs, scope, position, log } = options;
  const told = channel<Told>(EVENTS_UNDER_WAY);
  const pumps = [feed(labelled(live), told)];
  const keeper = positionKeeper(scope, position);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading: Reading | undefined;
  /** Not while live itself tells everything, or what it missed: two readings at once would be neither. */
  let mayRead = false;

  const schedule = (ms: number): void => {
    mayRead = true;
    clearTimeout(timer);
    timer = setTimeout(() => void told.push({ by: "clock" }), Math.max(0, ms));
  };
  const stopReading = (): void => {
    mayRead = false;
    clearTimeout(timer);
    reading?.abort.abort();
    reading = undefined;
  };
  const startReading = (): void => {
    if (!mayRead || reading !== undefined) return;
    reading = { beganMs: Date.now(), gone: new Set(), abort: new AbortController() };
    pumps.push(pump(readingEvents(reading, read, log), told));
  };

  const onLive = (event: DirectoryEvent): DirectoryEvent => {
    switch (event.is) {
      case "refreshing":
        stopReading();
        keeper.fullReadingBegins(Date.now());
        return event;
      case "refreshed":
        schedule(everyMs);
        return { is: "refreshed", ...keeper.fullReadingEnds(event.cursor) };
      case "level":
        schedule(keeper.fullAtMs() + everyMs - Date.now());
        return { is: "level", ...keeper.goOn(event.cursor) };
      case "cursor":
        return { is: "cursor", cursor: keeper.cursor(event.cursor) };
      case "gone":
        for (const uuid of event.uuids) reading?.gone.add(uuid);
        return event;
      case "entry":
        reading?.gone.delete(event.entry.uuid ?? "");
        return event;
      default:
        return event;
    }
  };
  const onReading = ({ beganMs, gone }: Reading, event: DirectoryEvent | "complete" | "failed") => {
    if (event === "failed" || event === "complete") {
      reading = undefined;
      schedule(event === "failed" ? Math.min(RETRY_MS, everyMs) : everyMs);
      if (event === "failed") return { is: "level" as const, ...keeper.goOn(undefined) };
      keeper.fullReadingBegins(beganMs);
      return { is: "refreshed" as const, ...keeper.fullReadingEnds(undefined) };
    }
    return event.is === "entry" && gone.has(event.entry.uuid ?? "") ? undefined : event;
  };

  try {
    for (;;) {
      const batch = await told.take();
      if (batch === undefined) return;
      for (const one of batch) {
        if (one.by === "clock") startReading();
        else if (one.by === "live") yield onLive(one.event);
        // What a reading that was stopped still tells does not count.
        else if (one.reading === reading) {
          const event = onReading(one.reading, one.event);
          if (event !== undefined) yield event;
        }
      }
    }
  } finally {
    stopReading();
    closeLive();
    told.end();
    await Promise.allSettled(pumps);
  }
}

async function* labelled(live: AsyncIterable<DirectoryEvent>): AsyncGenerator<Told> {
  for await (const event of live) yield { by: "live", event };
}

async function* readingEvents(
  reading: Reading,
  read: FullReadingOptions["read"],
  log: Logger,
): AsyncGenerator<Told> {
  try {
    yield { by: "reading", reading, event: { is: "refreshing" } };
    for await (const event of read(reading.abort.signal)) yield { by: "reading", reading, event };
    yield { by: "reading", reading, event: "complete" };
  } catch (error) {
    if (!reading.abort.signal.aborted) log.warn({ error: (error as Error).message }, "full reading failed");
    yield { by: "reading", reading, event: "failed" };
  }
}
