import type { Timed, Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import { type ApiAddress, apiAddresses, type RouteApiAccess } from "./addresses.ts";
import { type BackOff, backOffSeconds } from "./back-off.ts";
import type { HttpResponse } from "./http-response.ts";
import { type ApiExchange, ApiLink, type LinkFault } from "./link.ts";

/** What an edge tells the route API: a PUT, repeated until it is accepted or its time is over. */
export interface Report {
  readonly path: string;
  /** JSON. */
  readonly body: string;
  /** How long it is worth sending, in seconds. */
  readonly seconds: number;
  /** Called once; false: it was refused, or its time was over. */
  settled(accepted: boolean): void;
}

export interface ReportsOptions {
  transport: Transport;
  timers: Timers;
  access: RouteApiAccess;
  /** Returns a number from 0 to 1. */
  random: () => number;
}

/** Largest body of a response: a problem. */
const BODY_BYTES = 65_536;
/** Time limit for one attempt, in seconds. */
const ATTEMPT_SECONDS = 3;
/** Time before the next attempt after a failure. */
const RETRY: BackOff = { firstSeconds: 0.2, longestSeconds: 5 };

/** Sends reports on a connection of their own, so that neither look-ups nor the feed wait for them. */
export class ApiReports {
  readonly #options: ReportsOptions;
  readonly #addresses: ApiAddress[];
  readonly #sending = new Set<Sending>();
  #address: number;
  #link: ApiLink | undefined;
  #retired = false;

  constructor(options: ReportsOptions) {
    this.#options = options;
    this.#addresses = apiAddresses(options.access);
    this.#address = Math.floor(options.random() * this.#addresses.length);
  }

  send(report: Report): void {
    const sending = new Sending(this, this.#options, report, () => {
      this.#sending.delete(sending);
      if (this.#retired) this.retire();
    });
    this.#sending.add(sending);
    sending.attempt();
  }

  /** Closes once nothing is on its way any more. */
  retire(): void {
    this.#retired = true;
    if (this.#sending.size === 0) this.close();
  }

  /** Gives up all that is on its way. */
  close(): void {
    for (const sending of [...this.#sending]) sending.settle(false);
    this.#link?.fail("lost", "the edge closed the connection");
  }

  /** A connection to the address that answered last. */
  link(): ApiLink | undefined {
    const address = this.#addresses[this.#address % this.#addresses.length];
    if (this.#link?.usable === true || address === undefined) return this.#link;
    const { transport, timers } = this.#options;
    const options = { transport, timers, bodyBytes: BODY_BYTES, silentSeconds: ATTEMPT_SECONDS };
    this.#link = new ApiLink(address, options, () => {});
    return this.#link;
  }

  /** The next attempt goes to the next address, unless another one has led there already. */
  failedAt(link: ApiLink | undefined): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#address++;
    link?.fail("lost", "the edge closed the connection");
  }
}

type State = "sending" | "pausing" | "settled";

/** One report on its way. */
class Sending implements ApiExchange, Timed {
  due = -1;
  readonly method = "PUT";
  readonly path: string;
  readonly body: string;
  readonly certain = false;
  readonly #reports: ApiReports;
  readonly #options: ReportsOptions;
  readonly #report: Report;
  readonly #done: () => void;
  readonly #untilMs: number;
  #link: ApiLink | undefined;
  #state: State = "pausing";
  #failures = 0;

  constructor(reports: ApiReports, options: ReportsOptions, report: Report, done: () => void) {
    this.#reports = reports;
    this.#options = options;
    this.#report = report;
    this.#done = done;
    this.path = report.path;
    this.body = report.body;
    this.#untilMs = options.timers.nowMs + report.seconds * 1000;
  }

  attempt(): void {
    const { timers } = this.#options;
    const leftSeconds = (this.#untilMs - timers.nowMs) / 1000;
    if (leftSeconds <= 0) return this.settle(false);
    this.#state = "sending";
    this.#link = this.#reports.link();
    timers.set(this, Math.min(ATTEMPT_SECONDS, leftSeconds));
    this.#link?.send(this);
  }

  answered({ status }: HttpResponse): void {
    if (this.#state !== "sending") return;
    if (status >= 200 && status < 300) this.settle(true);
    else if (status >= 400 && status < 500 && status !== 429) this.settle(false);
    else this.#retry();
  }

  failed(_fault: LinkFault): void {
    if (this.#state === "sending") this.#retry();
  }

  expire(): void {
    if (this.#state === "pausing") return this.attempt();
    this.#link?.abandon(this);
    this.#retry();
  }

  settle(accepted: boolean): void {
    if (this.#state === "settled") return;
    this.#state = "settled";
    this.#options.timers.clear(this);
    this.#done();
    this.#report.settled(accepted);
  }

  #retry(): void {
    const { timers, random } = this.#options;
    this.#state = "pausing";
    this.#failures++;
    this.#reports.failedAt(this.#link);
    timers.set(this, backOffSeconds(RETRY, this.#failures, random));
  }
}
