import { z } from "zod";
import { type Trace, type TraceEvent, TraceReport } from "../../../contract/traces.ts";
import type { ListStore } from "../../../store/lists.ts";

const TRACES = "TRACES";
const eventsList = (id: string): string => `TRACE#${id}`;
/** What edges have told can be read for so long behind the end of a trace, in seconds. */
const KEPT_SECONDS = 3600;
/** Clocks of API processes differ, and reports may arrive side by side: so much is read again, in milliseconds. */
const OVERLAP_MS = 5000;

const Begun = z.object({ until: z.iso.datetime() });
const Told = TraceReport.extend({ edge: z.string() });

/** The traces that operators have asked for, and what edges have told, in the route store. Rejects with StoreErrors. */
export interface TraceBook {
  /** Traces that have not ended, besides this one. */
  running(beside: string): Promise<number>;
  /** When a trace ends, or has ended; undefined if there is none. */
  find(id: string): Promise<string | undefined>;
  /** Notes when a trace ends. */
  note(id: string, until: string): Promise<void>;
  tell(id: string, edge: string, events: TraceEvent[]): Promise<void>;
  /** What was told since the cursor, and shortly before. */
  read(id: string, until: string, after: string | undefined): Promise<Trace>;
}

export const createTraceBook = (lists: ListStore): TraceBook => ({
  async running(beside) {
    const all = await lists.read(TRACES);
    return all.filter(({ key, value }) => key !== beside && !isOver(Begun.safeParse(value).data?.until))
      .length;
  },

  async find(id) {
    const [found] = (await lists.read(TRACES, id)).filter(({ key }) => key === id);
    return Begun.safeParse(found?.value).data?.until;
  },

  async note(id, until) {
    const secondsLeft = Math.ceil((Date.parse(until) - Date.now()) / 1000);
    await lists.put(TRACES, id, { until }, Math.max(0, secondsLeft) + KEPT_SECONDS);
  },

  async tell(id, edge, events) {
    const key = `${new Date().toISOString()}~${edge}~${events[0]?.number}`;
    await lists.put(eventsList(id), key, { edge, events }, KEPT_SECONDS);
  },

  async read(id, until, after) {
    const from = after === undefined ? "" : new Date(Date.parse(after) - OVERLAP_MS).toISOString();
    const items = await lists.readAfter(eventsList(id), from);
    const events = items.flatMap(({ value }) => {
      const told = Told.safeParse(value).data;
      return told === undefined ? [] : told.events.map((event) => ({ ...event, edge: told.edge }));
    });
    const cursor = items.at(-1)?.key.split("~")[0] ?? after;
    const state = isOver(until) ? ("ended" as const) : ("running" as const);
    return { id, until, state, events, ...(cursor === undefined ? {} : { cursor }) };
  },
});

const isOver = (until: string | undefined): boolean => until === undefined || Date.parse(until) <= Date.now();
