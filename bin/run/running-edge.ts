import type { Logger } from "pino";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import { EXIT, Failure } from "../failure.ts";

/** The edge as the commands see it, in this process or in workers. */
export interface RunningEdge<C = ConfigurationFor<"mmp edge">> {
  readonly listeners: EdgeListener[];
  /** Instances whose settings are not in force, and why. */
  readonly faults: InstanceFault[];
  /** Puts another configuration in force as far as possible. Rejects, and changes nothing, if none of it can be. */
  reload(configuration: C): Promise<void>;
  /** The metrics of each of its processes, as they are now. */
  metrics(): Promise<MetricReading[][]>;
  /** Ends the sessions, spread over the drain time. */
  drain(): Promise<void>;
}

/** Rejects with a Failure, and ends the edge, if no instance could start or not the one that was asked for. */
export async function requireRunning(edge: RunningEdge<never>, only?: string): Promise<void> {
  const { faults, listeners } = edge;
  if (listeners.length > 0 && (only === undefined || faults.length === 0)) return;
  await edge.drain();
  const texts = faults.map(({ instance, text }) => (only === undefined ? `${instance}: ${text}` : text));
  throw new Failure(texts.length === 0 ? "there is no instance to start" : texts.join("\n"), EXIT.failure);
}

/** Logs one line for each instance with faults. */
export function logFaults(log: Logger, faults: readonly InstanceFault[], message: string): void {
  for (const instance of new Set(faults.map((fault) => fault.instance))) {
    const mistakes = faults.filter((fault) => fault.instance === instance).map(({ text }) => text);
    log.error({ instance, mistakes }, message);
  }
}
