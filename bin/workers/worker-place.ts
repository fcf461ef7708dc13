import type { Logger } from "pino";
import { type BackOff, backOffSeconds } from "../../edge-proxy/api-client/back-off.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import type { RunReport } from "./messages.ts";
import { WorkerProcess } from "./worker-process.ts";

/** How soon a worker that exited is restarted. */
const RESTART: BackOff = { firstSeconds: 0.2, longestSeconds: 30 };
/** One that lived this long does not count as another failure in a row. */
const SOUND_SECONDS = 60;

/** The place of a worker: while it is needed, a process that exits is replaced by another. */
export class WorkerPlace {
  readonly #index: number;
  readonly #log: Logger;
  #configuration: ConfigurationFor<"mmp edge">;
  #process: WorkerProcess;
  #startedMs = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaving = false;

  constructor(index: number, configuration: ConfigurationFor<"mmp edge">, log: Logger) {
    this.#index = index;
    this.#configuration = configuration;
    this.#log = log;
    this.#process = this.#start();
  }

  /** Puts a configuration in force, now and after each restart; resolves to undefined if the worker is down now. */
  async run(configuration: ConfigurationFor<"mmp edge">): Promise<RunReport | undefined> {
    const before = this.#configuration;
    this.#configuration = configuration;
    const report = await this.#process.run(configuration);
    if (report?.is === "refused") this.#configuration = before;
    return report;
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
    const started = new WorkerProcess(this.#index);
    this.#startedMs = performance.now();
    void started.ended.then(({ code, signal }) => {
      if (this.#leaving) return;
      const lifeSeconds = (performance.now() - this.#startedMs) / 1000;
      this.#failures = lifeSeconds >= SOUND_SECONDS ? 1 : this.#failures + 1;
      const waitSeconds = backOffSeconds(RESTART, this.#failures, Math.random);
      const restartMs = Math.round(waitSeconds * 1000);
      this.#log.error(
        { worker: this.#index, workerPid: started.pid, code, signal, restartMs },
        "worker ended",
      );
      this.#timer = setTimeout(() => this.#restart(), restartMs);
    });
    return started;
  }

  #restart(): void {
    this.#process = this.#start();
    const { pid } = this.#process;
    void this.#process.run(this.#configuration).then((report) => {
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
