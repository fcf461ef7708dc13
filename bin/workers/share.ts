import { availableParallelism } from "node:os";
import type { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import type { ConfigurationFor } from "../config/needs.ts";

type Instances = Record<string, InstanceConfig>;

/** How many processes an instance runs in. */
export const workersOf = ({ workers }: InstanceConfig): number =>
  workers === "auto" ? availableParallelism() : workers;

/** How many processes the instances need: process n runs all instances with more than n workers. */
export const processesFor = (instances: Instances): number =>
  Math.max(1, ...Object.values(instances).map(workersOf));

/**
 * The configuration of one process, counted from 0. An instance's connections are divided among its workers, and what a
 * store may take up among all processes.
 */
export function shareOf(
  configuration: ConfigurationFor<"mmp edge">,
  index: number,
): ConfigurationFor<"mmp edge"> {
  const own = Object.entries(configuration.instances).flatMap(([name, instance]) => {
    const workers = workersOf(instance);
    if (workers <= index) return [];
    const connections = Math.ceil(instance.limits.connections / workers);
    return [[name, { ...instance, limits: { ...instance.limits, connections } }] as const];
  });
  const processes = processesFor(configuration.instances);
  const stores = Object.entries(configuration.stores).map(([name, store]) => {
    const attempts = Math.ceil(store.attempts / processes);
    const sessions = store.sessions === undefined ? {} : { sessions: Math.ceil(store.sessions / processes) };
    return [name, { ...store, attempts, ...sessions }] as const;
  });
  return { ...configuration, instances: Object.fromEntries(own), stores: Object.fromEntries(stores) };
}
