import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type BackOff, backOffSeconds } from "../../edge-proxy/api-client/back-off.ts";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import type { PortSharing } from "../../edge-proxy/transport/transport.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import { Failure } from "../failure.ts";
import { edgeOptions } from "../run/edge.ts";
import type { RunningEdge } from "../run/running-edge.ts";
import { DepartedCounters } from "./departed-counters.ts";
import type { RunReport } from "./messages.ts";
import { Ports } from "./ports.ts";
import { processesFor, shareOf } from "./share.ts";
import { Switchboard } from "./switchboard.ts";
import { WorkerPlace, type WorkerSurroundings } from "./worker-place.ts";
import type { RunOrder } from "./worker-process.ts";

/** How soon ports that another program had are tried again. */
const RETRY: BackOff = { firstSeconds: 1, longestSeconds: 60 };

/** Runs instances in several processes that share ports, and keeps those processes running. */
export class Supervisor implements RunningEdge {
  listeners: EdgeListener[] = [];
  faults: InstanceFault[] = [];
  readonly #log: Logger;
  readonly #ports: Ports;
  readonly #departed = new DepartedCounters();
  readonly #surroundings: WorkerSurroundings;
  /** Lets workers tell each other hashes of what was tried; it is known to them alone. */
  readonly #salt = randomBytes(32).toString("base64");
  #places: WorkerPlace[] = [];
  /** Workers that are no longer needed but still have sessions. */
  readonly #leaving = new Set<WorkerPlace>();
  #inForce: ConfigurationFor<"mmp edge">["instances"] = {};
  /** Resolves when all that were told to leave so far are gone. */
  #gone: Promise<unknown> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #stopping = false;

  /** `ports` is how it takes the ports that it begins with. */
  constructor(log: Logger, ports: PortSharing) {
    this.#log = log;
    this.#surroundings = { switchboard: new Switchboard(), departed: this.#departed, log };
    this.#ports = new Ports(ports);
    // No worker stays behind, however this process exits.
    process.once("exit", () => {
      for (const place of [...this.#places, ...this.#leaving]) place.kill();
    });
  }

  reload(configuration: ConfigurationFor<"mmp edge">): Promise<void> {
    return this.#inTurn(() => this.#apply(configuration, 0));
  }

  /** Of each worker, and what those have counted that are gone. */
  metrics(): Promise<MetricReading[][]> {
    // Read first: one that ends meanwhile still answers for itself.
    const departed = this.#departed.read();
    const living = [...this.#places, ...this.#leaving].map((place) => place.metrics());
    return Promise.all([departed, ...living]);
  }

  async drain(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    for (const place of this.#places) this.#leave(place);
    this.#places = [];
    await this.#gone;
  }

  #leave(place: WorkerPlace): void {
    this.#leaving.add(place);
    const left = place.drain().then(() => this.#leaving.delete(place));
    this.#gone = Promise.all([this.#gone, left]);
  }

  async #apply(configuration: ConfigurationFor<"mmp edge">, failures: number): Promise<void> {
    clearTimeout(this.#retry);
    // Throws before anything changes if a secret cannot be read.
    edgeOptions(configuration);
    const { instances, faults } = await this.#ports.take(configuration.instances, this.#inForce);
    if (this.#stopping) return;
    const first = this.#places.length === 0;
    const shared = { ...configuration, instances };
    const count = Object.keys(instances).length === 0 ? 0 : processesFor(instances);
    const shares = Array.from({ length: count }, (_, index) => shareOf(shared, index));
    for (const place of this.#places.splice(count)) this.#leave(place);
    const reports = await Promise.all(
      shares.map((share, index) => {
        const order: RunOrder = { do: "run", configuration: share, workers: count, salt: this.#salt };
        this.#places[index] ??= new WorkerPlace(index, order, this.#surroundings);
        return this.#places[index].run(order);
      }),
    );
    if (first) requireAll(reports);
    const { listeners, workerFaults, refused } = merge(reports);
    if (refused !== undefined) throw new Failure(refused);
    const faulty = new Set(faults.map(({ instance }) => instance));
    this.#inForce = Object.fromEntries(
      Object.entries(configuration.instances).flatMap(([name, wanted]) => {
        const instance = faulty.has(name) ? this.#inForce[name] : wanted;
        return instance === undefined ? [] : [[name, instance]];
      }),
    );
    this.listeners = listeners;
    this.faults = [...faults, ...workerFaults];
    if (faults.length > 0) this.#tryLater(configuration, faults, failures + 1);
  }

  #tryLater(configuration: ConfigurationFor<"mmp edge">, faults: InstanceFault[], failures: number): void {
    if (this.#stopping) return;
    const again = async (): Promise<void> => {
      await this.#apply(configuration, failures);
      const still = new Set(this.faults.map(({ instance }) => instance));
      for (const { instance } of faults) {
        if (!still.has(instance)) this.#log.info({ instance }, "instance started");
      }
    };
    const retry = (): void => {
      this.#inTurn(again).catch((error: Error) =>
        this.#log.error({ mistakes: [error.message] }, "instances could not be retried"),
      );
    };
    this.#retry = setTimeout(retry, 1000 * backOffSeconds(RETRY, failures, Math.random));
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(() => (this.#stopping ? undefined : change()));
    this.#turn = done.catch(() => {});
    return done;
  }
}

/** At the start every worker must come up: whatever ended one would end it again and again. */
function requireAll(reports: readonly (RunReport | undefined)[]): void {
  for (const [index, report] of reports.entries()) {
    if (report === undefined) throw new Failure(`worker ${index} exited before it listened`);
  }
}

/** The reports of all workers as one: each listener once, each instance's fault once. */
function merge(reports: readonly (RunReport | undefined)[]) {
  const listeners = new Map<string, EdgeListener>();
  const workerFaults = new Map<string, InstanceFault>();
  let refused: string | undefined;
  for (const report of reports) {
    if (report?.is === "refused") refused = report.text;
    if (report?.is !== "running") continue;
    for (const one of report.listeners) listeners.set(`${one.instance} ${one.address} ${one.port}`, one);
    for (const fault of report.faults) workerFaults.set(fault.instance, fault);
  }
  return { listeners: [...listeners.values()], workerFaults: [...workerFaults.values()], refused };
}
