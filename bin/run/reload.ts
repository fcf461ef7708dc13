import type { Logger } from "pino";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { Configuration } from "../config/load.ts";
import { loadStartable } from "../config/startable.ts";
import { logFaults } from "./running-edge.ts";

/** What is in force after a reload. */
export interface Reloaded {
  listeners: EdgeListener[];
  faults: InstanceFault[];
}

/** What makes an edge read its configuration again. */
export interface ReloadOptions {
  file: string;
  /** Name of the only instance that runs. */
  only?: string | undefined;
  /** What is in force. */
  current: Configuration;
  log: Logger;
  apply(configuration: Configuration): Promise<Reloaded>;
}

/**
 * Makes what reads the configuration file again and has it put in force at what runs, certificates and tokens included.
 * What does not check leaves the old in force, for each instance by itself, and the log says why. Runs one at a time.
 */
export function reloader({ file, only, current, log, apply }: ReloadOptions): () => void {
  let before = current;
  let running = Promise.resolve();
  const reload = async (): Promise<void> => {
    const result = loadStartable(file, only);
    if ("mistakes" in result) {
      log.error({ mistakes: result.mistakes }, "configuration not reloaded");
      return;
    }
    const next = withOldInstances(result.configuration, before, result.faults);
    try {
      const { listeners, faults } = await apply(next);
      const told = new Set(result.faults.map(({ instance }) => instance));
      const all = [...result.faults, ...faults.filter(({ instance }) => !told.has(instance))];
      const faulty = new Set(all.map(({ instance }) => instance));
      if (Object.keys(next.instances).every((name) => faulty.has(name))) {
        log.error({ mistakes: all.map(({ text }) => text) }, "configuration not reloaded");
      } else {
        const runs = ({ instance }: InstanceFault): boolean =>
          listeners.some((listener) => listener.instance === instance);
        logFaults(log, all.filter(runs), "instance keeps its old settings");
        const idle = all.filter((fault) => !runs(fault));
        logFaults(log, idle, "instance not started");
        log.info({ listeners }, "configuration reloaded");
      }
      before = next;
    } catch (error) {
      log.error({ mistakes: [(error as Error).message] }, "configuration not reloaded");
    }
  };
  return () => {
    running = running.then(reload);
  };
}

/** The new configuration, with the old settings of the instances whose new ones have mistakes. */
function withOldInstances(
  next: Configuration,
  before: Configuration,
  faults: readonly InstanceFault[],
): Configuration {
  const kept = faults.flatMap(({ instance }) => {
    const old = before.instances[instance];
    return old === undefined ? [] : [[instance, old] as const];
  });
  return { ...next, instances: { ...next.instances, ...Object.fromEntries(kept) } };
}
