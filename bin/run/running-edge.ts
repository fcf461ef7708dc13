import type { Logger } from "pino";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { Configuration } from "../config/load.ts";
import { EXIT, Failure } from "../failure.ts";

/** The edge as the commands see it: in this process, or in workers. */
export interface RunningEdge {
  readonly listeners: EdgeListener[];
  /** Instances whose settings are not in force, and why. */
  readonly faults: InstanceFault[];
  /** Puts another configuration in force as far as it can be. Rejects, and changes nothing, where it cannot be at all. */
  reload(configuration: Configuration): Promise<void>;
  /** Ends the sessions, spread over the drain time, then the rest. */
  drain(): Promise<void>;
}

/** Ends an edge of which no instance could start, or not the one that was asked for, with a Failure that says why. */
export async function requireRunning(edge: RunningEdge, only?: string): Promise<void> {
  const { faults, listeners } = edge;
  if (listeners.length > 0 && (only === undefined || faults.length === 0)) return;
  await edge.drain();
  const texts = faults.map(({ instance, text }) => (only === undefined ? `${instance}: ${text}` : text));
  throw new Failure(texts.length === 0 ? "there is no instance to start" : texts.join("\n"), EXIT.failure);
}

/** Says in the log what is wrong with each instance that is not as it is configured. */
export function logFaults(log: Logger, faults: readonly InstanceFault[], message: string): void {
  for (const instance of new Set(faults.map((fault) => fault.instance))) {
    const mistakes = faults.filter((fault) => fault.instance === instance).map(({ text }) => text);
    log.error({ instance, mistakes }, message);
  }
}
