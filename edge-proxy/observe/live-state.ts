import type { Logger } from "pino";
import type { Question } from "../../route-api/contract/questions.ts";
import { isSameAccess, type RouteApiAccess } from "../api-client/addresses.ts";
import { ApiReports, type Report, type ReportsOptions } from "../api-client/reports.ts";
import { type HeartbeatOptions, Heartbeats } from "./heartbeats.ts";
import { type AnswererOptions, QuestionAnswerer } from "./questions.ts";

/** What the route API may hear of this process. */
export type LiveStateOptions = Omit<HeartbeatOptions & AnswererOptions & ReportsOptions, "send"> & {
  log: Logger;
};

/** Tells the route API of this process: heartbeats, and answers to questions. */
export class LiveState {
  readonly #options: LiveStateOptions;
  readonly #heartbeats: Heartbeats;
  readonly #answerer: QuestionAnswerer;
  #access: RouteApiAccess;
  #reports: ApiReports;

  constructor(options: LiveStateOptions) {
    const send: HeartbeatOptions["send"] = (report) => this.send(report);
    this.#options = options;
    this.#access = options.access;
    this.#reports = new ApiReports(options);
    this.#heartbeats = new Heartbeats({ ...options, send });
    this.#answerer = new QuestionAnswerer({ ...options, send });
  }

  /** Questions whose answers are remembered. */
  get questions(): number {
    return this.#answerer.size;
  }

  /** Questions have come; `answered` is called once the API has accepted every answer. */
  asked(questions: readonly Question[], answered: () => void): void {
    this.#answerer.asked(questions, answered);
  }

  /** Kicks may have been missed: the sessions of these accounts end, which are on hold. */
  missed(heldAccounts: readonly string[]): void {
    this.#answerer.missed(heldAccounts);
  }

  /** Tells the route API something. */
  send(report: Report): void {
    this.#reports.send(report);
  }

  /** Another configuration is in force, with this digest; the route API may be another one. */
  changed(access: RouteApiAccess, configuration: string): void {
    if (!isSameAccess(access, this.#access)) {
      this.#reports.retire();
      this.#access = access;
      this.#reports = new ApiReports({ ...this.#options, access });
    }
    this.#heartbeats.configuration = configuration;
    this.#heartbeats.beat();
  }

  drain(): void {
    this.#heartbeats.drain();
  }

  /** Says farewell; resolves when that was heard, or its time is over. */
  async end(): Promise<void> {
    await this.#heartbeats.end();
    this.#reports.close();
  }
}
