import type { Logger } from "pino";
import { type BackOff, backOffSeconds } from "../../edge-proxy/api-client/back-off.ts";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import type { DepartedCounters } from "./departed-counters.ts";
import type { RunReport } from "./messages.ts";
import type { Switchboard } from "./switchboard.ts";
import { type RunOrder, WorkerProcess } from "./worker-process.ts";

/** How soon a worker that exited is restarted. */
const RESTART: BackOff = { firstSeconds: 0.2, longestSeconds: 30 };
/** One that lived this long does not count as another failure in a row. */
const SOUND_SECONDS = 60;

/** What all places share. */
export interface WorkerSurroundings {
  switchboard: Switchboard;
  /** Takes over what workers have counted that are gone. */
  departed: DepartedCounters;
  log: Logger;
}

/** The place of a worker: while it is needed, a process that exits is replaced by another. */
export class WorkerPlace {
  readonly #index: number;
  readonly #log: Logger;
  readonly #switchboard: Switchboard;
  readonly #departed: DepartedCounters;
  #order: RunOrder;
  #process: WorkerProcess;
  #startedMs = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaving = false;

  constructor(index: number, order: RunOrder, { switchboard, departed, log }: WorkerSurroundings) {
    this.#index = index;
    this.#order = order;
    this.#switchboard = switchboard;
    this.#departed = departed;
    this.#log = log;
    this.#process = this.#start();
  }

  /** Puts a configuration in force, now and after each restart; resolves to undefined if the worker is down now. */
  async run(order: RunOrder): Promise<RunReport | undefined> {
    const before = this.#order;
    const asked = this.#process;
    this.#order = order;
    const report = await asked.run(order);
    if (report?.is === "refused") this.#order = before;
    if (report?.is === "running") this.#switchboard.join(asked);
    return report;
  }

  metrics(): Promise<MetricReading[]> {
    return this.#process.metrics();
  }

  /** Drains the worker and ends it. */
  drain(): Promise<void> {
    this.#leave();
    return this.#process.drain();
  }

  /** Ends it at once. */
  kill(): void {
    this.#leave();
    this.#process.kill();
  }

  #leave(): void {
    this.#leaving = true;
    clearTimeout(this.#timer);
  }

  #start(): WorkerProcess {
    const started = new WorkerProcess(this.#index, (message) => this.#switchboard.say(started, message));
    this.#startedMs = performance.now();
    void started.ended.then(({ code, signal }) => {
      this.#switchboard.leave(started);
      this.#departed.add(started.told);
      if (this.#leaving) return;
      const lifeSeconds = (performance.now() - this.#startedMs) / 1000;
      this.#failures = lifeSeconds >= SOUND_SECONDS ? 1 : this.#failures + 1;
      const waitSeconds = backOffSeconds(RESTART, this.#failures, Math.random);
      const restartMs = Math.round(waitSeconds * 1000);
      const { pid, sessions } = started;
      this.#log.error(
        { worker: this.#index, workerPid: pid, code, signal, sessions, restartMs },
        "worker ended",
      );
      this.#timer = setTimeout(() => this.#restart(), restartMs);
    });
    return started;
  }

  #restart(): void {
    this.#process = this.#start();
    const { pid } = this.#process;
    void this.run(this.#order).then((report) => {
      if (report === undefined || this.#leaving) return;
      const place = { worker: this.#index, workerPid: pid };
      if (report.is === "running" && report.listeners.length > 0) {
        this.#log.info({ ...place, faults: report.faults }, "worker started");
        return;
      }
      const mistakes = report.is === "refused" ? [report.text] : report.faults.map(({ text }) => text);
      this.#log.error({ ...place, mistakes }, "worker cannot start");
      // It serves nothing as it is; once it exits, it is restarted.
      void this.#process.drain();
    });
  }
}
