import { setTimeout as pause } from "node:timers/promises";
import { TRACES_PATH, Trace, Traced, TraceEnded } from "../../../route-api/contract/traces.ts";
import { EXIT, Failure } from "../../failure.ts";
import { type ApiOptions, openApi, type SupportApi } from "./api.ts";
import { describeEdges } from "./print-sessions.ts";
import { EventsOnce, formatEvent } from "./print-trace.ts";

export interface TraceOptions extends ApiOptions {
  why: string;
  client?: string;
  minutes: number;
}

/** Interval at which the route API is asked for more, in milliseconds. */
const POLL_MS = 500;
/** What edges have told by the end may still be on its way for so long, in milliseconds. */
const LAST_MS = 1500;

/**
 * Starts a trace and prints what it tells, until it ends or the process is interrupted, which ends the trace. Throws a
 * Failure, also where an edge did not hear of it.
 */
export async function trace(login: string | undefined, options: TraceOptions): Promise<void> {
  const { why, client, minutes } = options;
  if ((login === undefined) === (client === undefined))
    throw new Failure("name one of a login and --client", EXIT.usage);
  const api = openApi("mmp trace", options);
  const seconds = Math.ceil(minutes * 60);
  const begun = await api.send("POST", TRACES_PATH, { login, client, seconds, why }, Traced);
  const { id, until, edges } = begun;
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  // A reader that has seen enough closes the pipe.
  process.stdout.on("error", interrupt);
  if (options.json === true) console.log(JSON.stringify(begun));
  else {
    console.error(`Tracing ${login ?? client} until ${until}; ${describeEdges(edges)}. Ctrl-C ends it.`);
  }
  try {
    await follow(api, id, options.json === true, interrupted.signal);
  } finally {
    if (Date.now() < Date.parse(until) || interrupted.signal.aborted)
      await api.send("DELETE", `${TRACES_PATH}/${id}`, { why }, TraceEnded);
  }
  if (edges.silent.length > 0) throw new Failure("sessions at edges that did not answer are missing");
}

async function follow(api: SupportApi, id: string, json: boolean, interrupted: AbortSignal): Promise<void> {
  const once = new EventsOnce();
  let after = "";
  let lastMs: number | undefined;
  for (;;) {
    const told = await api.get(`${TRACES_PATH}/${id}${after}`, Trace);
    for (const event of once.fresh(told.events)) {
      console.log(json ? JSON.stringify(event) : formatEvent(event));
    }
    if (told.cursor !== undefined) after = `?after=${encodeURIComponent(told.cursor)}`;
    if (told.state === "ended") lastMs ??= performance.now();
    if (interrupted.aborted || (lastMs !== undefined && performance.now() - lastMs > LAST_MS)) return;
    await pause(POLL_MS, undefined, { signal: interrupted }).catch(() => undefined);
  }
}
