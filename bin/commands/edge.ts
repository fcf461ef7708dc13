import { Command } from "commander";
import type { Logger } from "pino";
import type { Configuration } from "../config/load.ts";
import { requireStartable } from "../config/startable.ts";
import { reportEdgeMetrics } from "../run/edge-metrics.ts";
import { createLog } from "../run/logger.ts";
import { runEdge } from "../run/parts.ts";
import { type RunningEdge, requireRunning } from "../run/running-edge.ts";
import { serve } from "../run/serve.ts";
import { bringSecretFiles } from "../secret-files/secret-files.ts";
import { processesFor } from "../workers/share.ts";
import { Supervisor } from "../workers/supervisor.ts";
import { isWorker, runWorker } from "../workers/worker.ts";
import { configOption, drainOption, logLevelOption, watchOption } from "./options.ts";

interface Options {
  config: string;
  instance?: string;
  logLevel: string;
  drainSeconds: number;
  watch: boolean;
}

/** `mmp edge`: the proxy alone. */
export const edgeCommand = (): Command =>
  new Command("edge")
    .description("Run the edge proxy: IMAP and POP3 clients connect to it.")
    .addOption(configOption())
    .option("-i, --instance <name>", "run only this instance of the configuration")
    .addOption(drainOption(30))
    .addOption(watchOption())
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp edge --config /etc/mmp/mmp.yaml --instance main")
    .action(async (options: Options) => {
      if (isWorker()) return await runWorker(options);
      const { config, instance, logLevel, watch } = options;
      const secrets = await bringSecretFiles(config);
      const { configuration, faults } = requireStartable(config, instance);
      const { log, flush } = createLog(logLevel);
      const edge = await startAnEdge(configuration, log, options);
      await requireRunning(edge, instance);
      const alone = !(edge instanceof Supervisor);
      const reload = ({ instances }: Configuration): void => {
        if (alone && processesFor(instances) > 1) log.warn("several workers begin at the next start only");
      };
      await serve({ file: config, only: instance, configuration, faults, edge, log, watch, secrets, reload });
      flush();
    });

/** In this process where one is enough, else in workers. */
async function startAnEdge(
  configuration: Configuration,
  log: Logger,
  { drainSeconds, instance }: Options,
): Promise<RunningEdge> {
  if (processesFor(configuration.instances) === 1) {
    const edge = await runEdge(configuration, log, drainSeconds);
    reportEdgeMetrics(log, instance, edge);
    return edge;
  }
  const supervisor = new Supervisor(log);
  await supervisor.reload(configuration);
  return supervisor;
}
