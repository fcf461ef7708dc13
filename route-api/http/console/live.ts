import { User, userPath } from "../../contract/users.ts";
import { createGate, type Gate } from "../limits.ts";
import { ApiProblem } from "./api.ts";
import { type ConsoleContext, isAdmin } from "./environment.ts";
import type { Html } from "./html.ts";
import { problemText } from "./pages/problem.ts";
import { createTraceReader, showEvents } from "./pages/trace.ts";
import { showLive } from "./pages/user-live.ts";

/** How often a user's page in view is brought up to date, in milliseconds: each time the edges are asked. */
const USER_REFRESH_MS = 4000;
/** The same for a trace, for which only the route store is asked. */
const TRACE_REFRESH_MS = 1000;
/** A stream ends after this, and the browser opens another, if whoever looks on is still signed in. */
const STREAM_MAX_MS = 300_000;
/** How long a browser waits before it opens another, in milliseconds. */
const RETRY_MS = 2000;

export interface LiveOptions {
  /** Streams at the same time. */
  views: number;
  /** Aborted when the API stops. */
  ending: AbortSignal;
}

/** `GET /console/live?login=` or `?trace=`: the changing part of a page, as server-sent events. */
export function createLive({ views, ending }: LiveOptions) {
  const gate: Gate = createGate(views);
  return (c: ConsoleContext): Response => {
    const view = viewOf(c);
    const leave = view === undefined ? undefined : gate.enter();
    // 204 tells the browser not to ask again.
    if (view === undefined || leave === undefined) return c.body(null, 204);
    const gone = AbortSignal.any([ending, c.req.raw.signal]);
    c.header("Content-Type", "text/event-stream");
    return c.body(follow(() => look(view.show), { gone, leave, refreshMs: view.refreshMs }));
  };
}

interface View {
  /** The changing part of a page as it is now. Rejects with an ApiProblem. */
  show(): Promise<Html>;
  refreshMs: number;
}

/** What the query asks for; undefined if it is nothing. */
function viewOf(c: ConsoleContext): View | undefined {
  const { login, trace } = c.req.query();
  if (login !== undefined && login !== "") {
    const show = async () => showLive(await c.var.api.get(userPath(login), User), isAdmin(c));
    return { show, refreshMs: USER_REFRESH_MS };
  }
  if (trace === undefined || trace === "") return undefined;
  const read = createTraceReader(c.var.api, trace);
  return { show: async () => showEvents(await read()), refreshMs: TRACE_REFRESH_MS };
}

/** The event that brings a page up to date. */
async function look(show: View["show"]): Promise<string> {
  try {
    return event("page", String(await show()));
  } catch (error) {
    if (error instanceof ApiProblem) return event("failed", problemText(error.problem));
    throw error;
  }
}

const event = (name: string, text: string): string =>
  `event: ${name}\n${text
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;

interface Following {
  gone: AbortSignal;
  leave(): void;
  refreshMs: number;
}

/** Looks again and again while somebody reads; says nothing where nothing has changed. */
function follow(
  look: () => Promise<string>,
  { gone, leave, refreshMs }: Following,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const cancelled = new AbortController();
  const over = AbortSignal.any([gone, cancelled.signal]);
  const untilMs = performance.now() + STREAM_MAX_MS;
  let last = "";
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
    },
    async pull(controller) {
      await elapsed(refreshMs, over);
      const text = over.aborted ? undefined : await look().catch(() => undefined);
      if (cancelled.signal.aborted) return;
      if (text === undefined || over.aborted || performance.now() > untilMs) {
        leave();
        controller.close();
        return;
      }
      // A comment keeps proxies from closing a silent stream.
      controller.enqueue(encoder.encode(text === last ? ":\n\n" : text));
      last = text;
    },
    cancel() {
      cancelled.abort();
      leave();
    },
  });
}

/** Resolves after a time, or at once when the signal is aborted. */
function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
