import {
  TRACE_REPORT_EVENTS,
  type TraceEvent,
  type TraceSelection,
  traceReportPath,
} from "../../../route-api/contract/traces.ts";
import type { Report } from "../../api-client/reports.ts";
import { isWithin, type Network, parseNetwork } from "../../guard/network.ts";
import type { Timed, Timers } from "../../timer-wheel.ts";
import { withinBytes } from "../answers/within-bytes.ts";
import type { SessionRecord } from "../session-record.ts";

/** What a trace is to do. */
export type TraceStart = Extract<TraceSelection, { seconds: number }>;

/** Events are sent together: this long after the first, in seconds. */
const SEND_SECONDS = 0.2;
/** How long a report is worth sending, in seconds. */
const REPORT_SECONDS = 30;

/** Whether a session fits: it may later, once its user is known. */
export type Fit = "yes" | "no" | "perhaps";

export interface OpenTraceOptions {
  edge: string;
  timers: Timers;
  send(report: Report): void;
  /** Called once, when it takes no more sessions. */
  ended(): void;
}

/** One trace at this edge: whose sessions it is about, and what is still to be told of them. Ends by itself. */
export class OpenTrace implements Timed {
  due = -1;
  readonly #options: OpenTraceOptions;
  readonly #start: TraceStart;
  readonly #network: Network | undefined;
  readonly #names: ReadonlySet<string>;
  readonly #sender: Timed;
  #eventsLeft: number;
  #bytesLeft: number;
  #numbered = 0;
  #queue: TraceEvent[] = [];
  #sending: "idle" | "soon" | "now" = "idle";
  #state: "open" | "closed" | "full" = "open";

  constructor(start: TraceStart, options: OpenTraceOptions) {
    const { login, account, client, seconds, events, bytes } = start;
    this.#options = options;
    this.#start = start;
    this.#network = client === undefined ? undefined : parseNetwork(client);
    this.#names = new Set([login, account].filter((name) => name !== undefined));
    this.#eventsLeft = events;
    this.#bytesLeft = bytes;
    this.#sender = { due: -1, expire: () => this.#send() };
    options.timers.set(this, seconds);
  }

  fits({ clientAddress, login, account }: SessionRecord): Fit {
    if (this.#state !== "open") return "no";
    if (this.#network !== undefined) return isWithin(this.#network, clientAddress) ? "yes" : "no";
    return [login, account].some((name) => name !== undefined && this.#names.has(name.toLowerCase()))
      ? "yes"
      : "perhaps";
  }

  /** Tells an event, as far as the limits of the trace allow. */
  tell(event: Omit<TraceEvent, "number">): void {
    if (this.#state === "full") return;
    const bytes = Buffer.byteLength(JSON.stringify(event));
    const isLast = this.#eventsLeft <= 1 || this.#bytesLeft < bytes;
    this.#eventsLeft--;
    this.#bytesLeft -= bytes;
    const told: typeof event = isLast
      ? { ...event, step: "limit", text: "the trace is as long as it may be; nothing more is told" }
      : event;
    this.#queue.push({ number: ++this.#numbered, ...told });
    if (isLast) this.#end("full");
    if (this.#sending !== "idle") return;
    this.#sending = "soon";
    this.#options.timers.set(this.#sender, SEND_SECONDS);
  }

  /** Its time is over: no further session is traced; those that are go on. */
  expire(): void {
    this.#end("closed");
  }

  /** Nobody wants to hear more. */
  stop(): void {
    this.#end("full");
    this.#queue = [];
    this.#options.timers.clear(this.#sender);
  }

  #end(as: "closed" | "full"): void {
    const wasOpen = this.#state === "open";
    if (this.#state !== "full") this.#state = as;
    this.#options.timers.clear(this);
    if (wasOpen) this.#options.ended();
  }

  #send(): void {
    const events = withinBytes(this.#queue, TRACE_REPORT_EVENTS);
    const [first] = events;
    this.#sending = first === undefined ? "idle" : "now";
    if (first === undefined) return;
    this.#queue = this.#queue.slice(events.length);
    this.#options.send({
      path: traceReportPath(this.#start.trace, this.#options.edge, first.number),
      body: JSON.stringify({ events }),
      seconds: REPORT_SECONDS,
      settled: (accepted) => {
        if (accepted) this.#send();
        else this.stop();
      },
    });
  }
}
