import type { Trace, TraceStep } from "../../../route-api/contract/traces.ts";

/** An event as the route API tells it. */
export type ToldEvent = Trace["events"][number];

/** Who speaks to whom. */
const ARROWS: Partial<Record<TraceStep, string>> = {
  "from-client": "client → edge",
  "to-client": "client ← edge",
  "to-store": "edge → store",
  "from-store": "edge ← store",
};
const STEP_WIDTH = 13;

/** What a terminal would take for a command: C0, DEL, C1. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * A line for an event: when, which session, how long after it was accepted, what.
 *
 *     09:14:02.101  1f2a-3    12.4 ms  client → edge  #1 LOGIN alice [secret]
 */
export function formatEvent({ at, sid, ms, step, text }: ToldEvent): string {
  const what = (ARROWS[step] ?? step).padEnd(STEP_WIDTH);
  const time = at.slice(11, 23);
  return `${time}  ${sid}  ${ms.toFixed(1).padStart(8)} ms  ${what}  ${text}`.replace(CONTROL, "?");
}

/** Tells events once each, though reports come again. */
export class EventsOnce {
  readonly #seen = new Set<string>();

  fresh(events: readonly ToldEvent[]): ToldEvent[] {
    return events.filter(({ edge, number }) => {
      const key = `${edge} ${number}`;
      if (this.#seen.has(key)) return false;
      this.#seen.add(key);
      return true;
    });
  }
}
