import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import type { SiblingMessage } from "../../edge-proxy/siblings.ts";
import { NO_TIMER } from "../run/quiet-collection.ts";
import { countersOf } from "./departed-counters.ts";
import type { Order, Report, RunReport } from "./messages.ts";
import { ownCommand, WORKER_VARIABLE } from "./own-command.ts";

export type RunOrder = Order & { do: "run" };

/** How long a worker may take to tell its metrics, in milliseconds. */
const MEASURE_MS = 2000;

/** How a process ended: with a code, or by a signal. */
export interface Ending {
  code: number | null;
  signal: string | null;
}

/** A process of `mmp edge` that takes orders. It writes to this process's standard output and error. */
export class WorkerProcess {
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>;
  /** How many live sessions it had a moment ago. */
  sessions = 0;
  /** Its metrics, as it last told them. */
  told: MetricReading[] = [];
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  /** One order is given at a time, for a report does not say which order it answers. */
  #turn: Promise<unknown> = Promise.resolve();
  #over = false;
  #questions = 0;
  readonly #measured = new Map<number, (metrics: MetricReading[]) => void>();
  #answer: ((report: RunReport) => void) | undefined;

  /** `said` receives what it says to the other workers. */
  constructor(index: number, said: (message: SiblingMessage) => void) {
    const { program, args } = ownCommand();
    const child = spawn(program, args, {
      env: { ...process.env, ...NO_TIMER, [WORKER_VARIABLE]: String(index) },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    let ready = (): void => {};
    this.#ready = new Promise((resolve) => {
      ready = resolve;
    });
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        this.#over = true;
        resolve(ending);
      };
      child.once("exit", (code, signal) => end({ code, signal }));
      child.once("error", (error) => end({ code: null, signal: error.message }));
    });
    child.on("message", (report: Report) => {
      if (report.is === "ready") return ready();
      if (report.is === "sessions") {
        this.sessions = report.count;
        return;
      }
      if (report.is === "saying") return said(report.message);
      if (report.is === "measured") {
        this.told = report.metrics;
        if (report.question !== undefined) this.#measured.get(report.question)?.(report.metrics);
        return;
      }
      this.#answer?.(report);
      this.#answer = undefined;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Puts a configuration in force; resolves to undefined if the process exits before it reports. */
  run(order: RunOrder): Promise<RunReport | undefined> {
    const report = this.#turn.then(() => this.#exchange(order));
    this.#turn = report;
    return report;
  }

  async #exchange(order: RunOrder): Promise<RunReport | undefined> {
    const gone = this.ended.then(() => undefined);
    await Promise.race([this.#ready, gone]);
    const answer = new Promise<RunReport>((resolve) => {
      this.#answer = resolve;
    });
    this.send(order);
    return await Promise.race([answer, gone]);
  }

  /** Its metrics; only what it had counted before where it does not answer in time, and none once it is gone. */
  async metrics(): Promise<MetricReading[]> {
    if (this.#over) return [];
    const question = ++this.#questions;
    const answer = new Promise<MetricReading[]>((resolve) => this.#measured.set(question, resolve));
    const late = new AbortController();
    this.send({ do: "measure", question });
    const counted = (): MetricReading[] => countersOf(this.told);
    try {
      return await Promise.race([
        answer,
        this.ended.then(counted),
        delay(MEASURE_MS, undefined, { signal: late.signal }).then(counted),
      ]);
    } finally {
      late.abort();
      this.#measured.delete(question);
    }
  }

  /** Has it stop accepting, end its sessions, and exit. */
  async drain(): Promise<void> {
    await Promise.race([this.#ready, this.ended]);
    this.send({ do: "drain" });
    await this.ended;
  }

  /** Not by ChildProcess.kill, which also closes the channel on Deno. */
  kill(): void {
    if (!this.#over && this.pid > 0) process.kill(this.pid, "SIGKILL");
  }

  send(order: Order): void {
    // Sending fails only if the process is exiting, which `ended` reports.
    if (!this.#over && this.#child.connected) this.#child.send(order, () => {});
  }
}
