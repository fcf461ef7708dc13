import type { Logger } from "pino";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import {
  type EdgeCommand,
  type EdgeConfigurationFor,
  loadStartable,
  type Startable,
} from "../config/startable.ts";
import { Failure } from "../failure.ts";
import type { MetricsServer } from "./metrics-server.ts";
import { reloader } from "./reload.ts";
import { logFaults, type RunningEdge } from "./running-edge.ts";

export interface EdgeReload<C extends EdgeCommand> {
  file: string;
  command: C;
  /** Name of the only instance to run. */
  only?: string | undefined;
  /** What is in force. */
  current: EdgeConfigurationFor<C>;
  edge: RunningEdge<EdgeConfigurationFor<C>>;
  metrics: Pick<MetricsServer, "apply">;
  log: Logger;
}

/**
 * Makes a function that reads an edge's configuration file again and puts it in force, certificates and tokens
 * included. An instance whose new settings have mistakes keeps its old ones.
 */
export function edgeReloader<C extends EdgeCommand>({
  file,
  command,
  only,
  current,
  edge,
  metrics,
  log,
}: EdgeReload<C>): () => void {
  let inForce = current;
  return reloader<Startable<C>>({
    log,
    read: () => loadStartable(file, command, only),
    async apply({ configuration, faults }) {
      const next = withOldInstances(configuration, inForce, faults);
      await edge.reload(next);
      inForce = next;
      await metrics.apply(next.edge.metricsListen);
      logOutcome(log, edge, next, faults);
      return { listeners: edge.listeners };
    },
  });
}

/** Logs the instances that are not as configured. Throws a Failure if that is all of them. */
function logOutcome(
  log: Logger,
  { listeners, faults: runtimeFaults }: RunningEdge<never>,
  { instances }: ConfigurationFor<"mmp edge">,
  faults: readonly InstanceFault[],
): void {
  const reported = new Set(faults.map(({ instance }) => instance));
  const all = [...faults, ...runtimeFaults.filter(({ instance }) => !reported.has(instance))];
  const faulty = new Set(all.map(({ instance }) => instance));
  if (Object.keys(instances).every((name) => faulty.has(name)))
    throw new Failure(all.map(({ text }) => text).join("\n"));
  const runs = ({ instance }: InstanceFault): boolean =>
    listeners.some((listener) => listener.instance === instance);
  logFaults(log, all.filter(runs), "instance keeps its old settings");
  const idle = all.filter((fault) => !runs(fault));
  logFaults(log, idle, "instance not started");
}

/** The new configuration, with the old settings of the instances whose new ones have mistakes. */
function withOldInstances<C extends EdgeCommand>(
  next: EdgeConfigurationFor<C>,
  before: EdgeConfigurationFor<C>,
  faults: readonly InstanceFault[],
): EdgeConfigurationFor<C> {
  const kept = faults.flatMap(({ instance }) => {
    const old = before.instances[instance];
    return old === undefined ? [] : [[instance, old] as const];
  });
  return { ...next, instances: { ...next.instances, ...Object.fromEntries(kept) } };
}
