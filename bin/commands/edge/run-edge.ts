import type { Logger } from "pino";
import type { ConfigurationFor } from "../../config/needs.ts";
import { requireStartable } from "../../config/startable.ts";
import { runEdge } from "../../run/edge.ts";
import { reportEdgeMetrics } from "../../run/edge-metrics.ts";
import { createLog } from "../../run/logger.ts";
import { type RunningEdge, requireRunning } from "../../run/running-edge.ts";
import { serveEdge } from "../../run/serve-edge.ts";
import { bringSecretFiles } from "../../secret-files/secret-files.ts";
import { processesFor } from "../../workers/share.ts";
import { Supervisor } from "../../workers/supervisor.ts";
import { isWorker, runWorker } from "../../workers/worker.ts";

export interface EdgeOptions {
  config: string;
  instance?: string;
  logLevel: string;
  drainSeconds: number;
  watch: boolean;
}

/** Runs the edge until a signal ends it; in a worker, until its supervisor ends it. */
export async function runEdgeCommand(options: EdgeOptions): Promise<void> {
  if (isWorker()) return await runWorker(options);
  const { config, instance, logLevel, watch } = options;
  const secrets = await bringSecretFiles(config);
  const { configuration, faults } = requireStartable(config, "mmp edge", instance);
  const log = createLog(logLevel);
  const edge = await startEdge(configuration, log, options);
  await requireRunning(edge, instance);
  await serveEdge({
    file: config,
    command: "mmp edge",
    only: instance,
    configuration,
    faults,
    edge,
    log,
    watch,
    secrets,
  });
}

/** In this process if one is enough, else in workers. */
async function startEdge(
  configuration: ConfigurationFor<"mmp edge">,
  log: Logger,
  { drainSeconds, instance }: EdgeOptions,
): Promise<RunningEdge> {
  if (processesFor(configuration.instances) > 1) {
    const supervisor = new Supervisor(log);
    await supervisor.reload(configuration);
    return supervisor;
  }
  const edge = await runEdge(configuration, log, drainSeconds);
  reportEdgeMetrics(log, instance, edge);
  return {
    get listeners() {
      return edge.listeners;
    },
    get faults() {
      return edge.faults;
    },
    metrics: edge.metrics,
    drain: edge.drain,
    reload(next) {
      if (processesFor(next.instances) > 1) log.warn("restart mmp edge to run several workers");
      return edge.reload(next);
    },
  };
}
