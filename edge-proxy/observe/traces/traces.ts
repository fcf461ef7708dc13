import type { Logger } from "pino";
import { TRACES_MAX, TraceSelection } from "../../../route-api/contract/traces.ts";
import type { Report } from "../../api-client/reports.ts";
import type { Timers } from "../../timer-wheel.ts";
import type { SessionRecord } from "../session-record.ts";
import type { Selection } from "../session-selection.ts";
import { OpenTrace, type TraceStart } from "./open-trace.ts";
import { SessionTrace } from "./session-trace.ts";

/** Sessions that are followed at a time although it is not known yet whether a trace concerns them. */
const UNDECIDED_MAX = 2000;

export interface TracesOptions {
  edge: string;
  timers: Timers;
  log: Logger;
  send(report: Report): void;
}

/** The traces of this process: none unless an operator has asked for one, and each for a time only. */
export class Traces {
  readonly #options: TracesOptions;
  readonly #open = new Map<string, OpenTrace>();
  #undecided = 0;

  constructor(options: TracesOptions) {
    this.#options = options;
  }

  /** The one thing that a session asks while there is no trace. */
  get isOn(): boolean {
    return this.#open.size > 0;
  }

  /** Begins or stops a trace as a question says; false where it cannot begin. */
  asked(selection: Selection): boolean {
    const read = TraceSelection.safeParse(selection).data;
    if (read === undefined) return false;
    if ("seconds" in read) return this.#start(read);
    this.#open.get(read.trace)?.stop();
    return true;
  }

  /** Follows a session that begins; undefined where no trace can concern it. */
  begin(record: SessionRecord): SessionTrace | undefined {
    const candidates = [...this.#open.values()].filter((trace) => trace.fits(record) !== "no");
    const isCertain = candidates.some((trace) => trace.fits(record) === "yes");
    if (candidates.length === 0 || (!isCertain && this.#undecided >= UNDECIDED_MAX)) return undefined;
    this.#undecided++;
    return new SessionTrace(record, candidates, () => void this.#undecided--);
  }

  #start(start: TraceStart): boolean {
    const { edge, timers, log, send } = this.#options;
    const { trace: id, login, client, seconds } = start;
    if (this.#open.has(id)) return true;
    if (this.#open.size >= TRACES_MAX || (login ?? client) === undefined) return false;
    const ended = (): void => {
      this.#open.delete(id);
      log.info({ trace: id }, "trace ended");
    };
    this.#open.set(id, new OpenTrace(start, { edge, timers, send, ended }));
    log.info({ trace: id, login, client, seconds }, "trace begun");
    return true;
  }
}
