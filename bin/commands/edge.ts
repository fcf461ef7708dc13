import { Command } from "commander";
import type { Edge } from "../../edge-proxy/main.ts";
import { certificateDaysLeft } from "../certificate-days.ts";
import type { Configuration } from "../config-file.ts";
import { type Measurement, reportMetrics } from "../embedded-metrics.ts";
import { runUntilSignal } from "../lifecycle.ts";
import { requireConfiguration } from "../load.ts";
import { createLog } from "../logger.ts";
import { configOption, drainOption, logLevelOption } from "../options.ts";
import { edgeOptions, runEdge } from "../parts.ts";
import { reloader } from "../reload.ts";
import { bringSecretFiles } from "../secret-files/secret-files.ts";

interface Options {
  config: string;
  instance?: string;
  logLevel: string;
  drainSeconds: number;
}

/** `mmp edge`: the proxy alone. */
export const edgeCommand = (): Command =>
  new Command("edge")
    .description("Run the edge proxy: IMAP and POP3 clients connect to it.")
    .addOption(configOption())
    .option("-i, --instance <name>", "run only this instance of the configuration")
    .addOption(drainOption(30))
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp edge --config /etc/mmp/mmp.yaml --instance main")
    .action(async ({ config, instance, logLevel, drainSeconds }: Options) => {
      const secrets = await bringSecretFiles(config);
      let configuration = requireConfiguration(config);
      const { log, flush } = createLog(logLevel);
      const edge = await runEdge(configuration, log, instance);
      log.info({ listeners: edge.listeners }, "listening");
      const reload = reloader(config, log, async (next) => {
        await edge.reload(edgeOptions(next, instance));
        configuration = next;
        return { listeners: edge.listeners };
      });
      secrets?.follow(log, reload);
      reportMetrics(log, { Instance: instance ?? "all" }, () => measure(edge, configuration));
      await runUntilSignal(() => edge.drain(drainSeconds), reload);
      log.info("stopped");
      flush();
    });

function measure(edge: Edge, { instances }: Pick<Configuration, "instances">): Record<string, Measurement> {
  const days = certificateDaysLeft({ instances }, Date.now());
  return {
    Sessions: { value: edge.sessions, unit: "Count" },
    ...(days === undefined ? {} : { CertificateDaysLeft: { value: days, unit: "None" } }),
  };
}
