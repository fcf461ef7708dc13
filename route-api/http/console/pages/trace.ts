import { html } from "hono/html";
import { TRACES_PATH, Trace, type TraceStep } from "../../../contract/traces.ts";
import type { ConsoleApi } from "../api.ts";
import { type ConsoleContext, isAdmin } from "../environment.ts";
import { badge, type Content, counted, type Html, table, time } from "../html.ts";
import { page } from "../layout.ts";
import { actionPage, LIVE_PATH, pathWith } from "../paths.ts";

type Told = Trace["events"][number];

/** Events that are shown: the latest. `mmp trace` has all. */
const SHOWN_MAX = 1000;

/** Reads a trace further at each call, each event once: reports come again. */
export function createTraceReader(api: ConsoleApi, id: string): () => Promise<Trace> {
  const told = new Map<string, Told>();
  let after: string | undefined;
  return async () => {
    const path = pathWith(`${TRACES_PATH}/${encodeURIComponent(id)}`, { after });
    const trace = await api.get(path, Trace);
    after = trace.cursor;
    for (const event of trace.events) told.set(`${event.edge} ${event.number}`, event);
    const events = [...told.values()].sort(byTime);
    for (const { edge, number } of events.slice(0, -SHOWN_MAX)) told.delete(`${edge} ${number}`);
    return { ...trace, events: events.slice(-SHOWN_MAX) };
  };
}

const byTime = (a: Told, b: Told): number => (a.at === b.at ? a.number - b.number : a.at < b.at ? -1 : 1);

/** What the next sessions of somebody do, step by step. */
export async function tracePage(c: ConsoleContext): Promise<Html> {
  const id = c.req.param("id") ?? "";
  const trace = await createTraceReader(c.var.api, id)();
  return page(c, {
    title: "Trace",
    body: html`<h1>Trace</h1>
      <p>Sessions that begin until ${time(trace.until)} are traced. Passwords, tokens and proofs are replaced.</p>
      ${isAdmin(c) ? html`<p><a class="button quiet" href="${actionPage("end-trace", id)}">End the trace…</a></p>` : ""}
      <div data-live="${pathWith(LIVE_PATH, { trace: id })}">${showEvents(trace)}</div>
      <p class="soft" id="live-state" role="status"></p>`,
  });
}

const HEADING = ["Time", "Session", "After", "Step", "What", "Edge"];

export const showEvents = ({ state, events }: Trace): Html =>
  html`<p>${badge(state === "running" ? "good" : "plain", state)} ${counted(events.length, "event")}${events.length === SHOWN_MAX ? " shown, the latest" : ""}</p>
    ${table({ label: "Events", heading: HEADING, rows: events.map(row), empty: "Nothing yet: wait for the next login." })}`;

/** Who speaks to whom. */
const ARROWS: Partial<Record<TraceStep, string>> = {
  "from-client": "client → edge",
  "to-client": "edge → client",
  "to-store": "edge → store",
  "from-store": "store → edge",
};

const row = ({ at, sid, ms, step, text, edge }: Told): Content[] => [
  html`<time datetime="${at}">${at.slice(11, 23)}</time>`,
  html`<code>${sid}</code>`,
  `${ms.toFixed(1)} ms`,
  step === "failure" ? badge("bad", step) : (ARROWS[step] ?? step),
  html`<code>${text}</code>`,
  edge,
];
