import type { Logger } from "pino";
import type { ConfigurationFor } from "../../config/needs.ts";
import { requireStartable } from "../../config/startable.ts";
import { startAll } from "../../run/all-in-one.ts";
import { createLog } from "../../run/logger.ts";
import { serveEdge } from "../../run/serve-edge.ts";

export interface UpOptions {
  config: string;
  logLevel: string;
  drainSeconds: number;
  watch: boolean;
}

/** Runs all parts until a signal ends them. */
export async function runAll({ config, logLevel, drainSeconds, watch }: UpOptions): Promise<void> {
  const { configuration, faults } = requireStartable(config, "mmp up");
  const log = createLog(logLevel);
  const { edge, stop } = await startAll(configuration, log, drainSeconds);
  warnAboutWorkers(log, configuration);
  const details = { routeApi: configuration.routeApi.url };
  await serveEdge({
    file: config,
    command: "mmp up",
    configuration,
    faults,
    edge,
    log,
    watch,
    details,
    stop,
  });
}

function warnAboutWorkers(log: Logger, { instances }: ConfigurationFor<"mmp up">): void {
  for (const [instance, { workers }] of Object.entries(instances)) {
    if (workers === "auto" || workers === 1) continue;
    log.warn({ instance, workers }, "mmp up runs in one process; use mmp edge to run workers");
  }
}
