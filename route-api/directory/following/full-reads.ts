import type { Logger } from "pino";
import type { Csns } from "../csn.ts";
import { eventQueue, pump, pumpToEnd } from "../event-queue.ts";
import type { DirectoryEvent } from "../source.ts";
import { type Position, positionKeeper } from "./cursor.ts";

export interface FullReadOptions {
  /** Reports changes; its cursors are bare marks, and each entry carries its UUID. */
  live: AsyncIterable<DirectoryEvent>;
  /** Makes `live` end. */
  closeLive(): void;
  /**
   * Reports a `refreshing`, then every entry once, with its UUID, and ends. `reported` is what `live` has reported: a
   * server that has less is not read.
   */
  read(signal: AbortSignal, reported: Csns | undefined): AsyncIterable<DirectoryEvent>;
  /** Time between two full reads, in milliseconds. */
  everyMs: number;
  /** What cursors are valid for. */
  scope: string;
  /** Where `live` resumes; undefined: it begins with a full read. */
  position: Position | undefined;
  log: Logger;
}

/** A full read that failed is repeated after this, in milliseconds. */
const RETRY_MS = 600_000;
/** Events queued for the consumer. */
const QUEUED_EVENTS = 256;

type Source =
  | { by: "live"; event: DirectoryEvent }
  | { by: "reading"; reading: Reading; event: DirectoryEvent }
  | { by: "reading"; reading: Reading; event: "complete" | "failed" }
  | { by: "clock" };

interface Reading {
  beganMs: number;
  /** Entries deleted since it began: it may have read them before that, and must not bring them back. */
  gone: Set<string>;
  abort: AbortController;
}

/**
 * Passes on what `live` reports and, every so often, reads everything over another connection, so that whatever `live`
 * missed is found while changes are still reported at once. The marks of `live` become cursors that also say when
 * everything was last read.
 */
export async function* withFullReads(options: FullReadOptions): AsyncGenerator<DirectoryEvent> {
  const { live, closeLive, read, everyMs, scope, position, log } = options;
  const queue = eventQueue<Source>(QUEUED_EVENTS);
  const pumps = [pumpToEnd(labelled(live), queue)];
  const keeper = positionKeeper(scope, position);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading: Reading | undefined;
  /** What `live` has reported. */
  let reported: Csns | undefined;
  /** False while `live` itself is reading: two readings at once cannot be told apart. */
  let mayRead = false;

  const schedule = (ms: number): void => {
    mayRead = true;
    clearTimeout(timer);
    timer = setTimeout(() => void queue.push({ by: "clock" }), Math.max(0, ms));
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
    pumps.push(pump(readingEvents(reading, read(reading.abort.signal, reported), log), queue));
  };

  const onLive = (event: DirectoryEvent): DirectoryEvent => {
    if ("csns" in event) reported = event.csns ?? reported;
    switch (event.is) {
      case "refreshing":
        stopReading();
        keeper.fullReadBegins(Date.now());
        return event;
      case "refreshed":
        schedule(everyMs);
        return { is: "refreshed", ...keeper.fullReadEnds(event.cursor), csns: event.csns };
      case "level":
        // A clock that has gone back does not put it off.
        schedule(Math.min(everyMs, keeper.fullAtMs() + everyMs - Date.now()));
        return { is: "level", ...keeper.moveTo(event.cursor), csns: event.csns };
      case "cursor":
        return { is: "cursor", cursor: keeper.cursor(event.cursor), csns: event.csns };
      case "gone":
        for (const uuid of event.uuids) reading?.gone.add(uuid);
        return event;
      case "entry":
        reading?.gone.delete(event.entry.uuid ?? "");
        // Of two connections, neither says which came first.
        return reading !== undefined && event.asOf?.by === "arrival" ? { ...event, asOf: undefined } : event;
      default:
        return event;
    }
  };
  const onReading = ({ beganMs, gone }: Reading, event: DirectoryEvent | "complete" | "failed") => {
    if (event === "failed" || event === "complete") {
      reading = undefined;
      schedule(event === "failed" ? Math.min(RETRY_MS, everyMs) : everyMs);
      if (event === "failed") return { is: "level" as const, ...keeper.moveTo(undefined) };
      keeper.fullReadBegins(beganMs);
      return { is: "refreshed" as const, ...keeper.fullReadEnds(undefined) };
    }
    return event.is === "entry" && gone.has(event.entry.uuid ?? "") ? undefined : event;
  };

  try {
    for (;;) {
      const batch = await queue.take();
      if (batch === undefined) return;
      for (const one of batch) {
        if (one.by === "clock") startReading();
        else if (one.by === "live") yield onLive(one.event);
        // Events of a reading that was stopped do not count.
        else if (one.reading === reading) {
          const event = onReading(one.reading, one.event);
          if (event !== undefined) yield event;
        }
      }
    }
  } finally {
    stopReading();
    closeLive();
    queue.end();
    await Promise.allSettled(pumps);
  }
}

async function* labelled(live: AsyncIterable<DirectoryEvent>): AsyncGenerator<Source> {
  for await (const event of live) yield { by: "live", event };
}

async function* readingEvents(
  reading: Reading,
  read: AsyncIterable<DirectoryEvent>,
  log: Logger,
): AsyncGenerator<Source> {
  try {
    for await (const event of read) yield { by: "reading", reading, event };
    yield { by: "reading", reading, event: "complete" };
  } catch (error) {
    if (!reading.abort.signal.aborted) log.warn({ error: (error as Error).message }, "full read failed");
    yield { by: "reading", reading, event: "failed" };
  }
}
