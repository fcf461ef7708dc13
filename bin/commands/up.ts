import { Command } from "commander";
import type { Logger } from "pino";
import type { Configuration } from "../config/load.ts";
import { requireStartable } from "../config/startable.ts";
import { type DemoOptions, startDemo } from "../demo/run.ts";
import { createLog } from "../run/logger.ts";
import { serve } from "../run/serve.ts";
import { runUntilSignal } from "../run/signals.ts";
import { startAll } from "../run/start.ts";
import { configOption, drainOption, logLevelOption, portOption, watchOption } from "./options.ts";

interface Options extends DemoOptions {
  config: string;
  demo?: true;
  logLevel: string;
  drainSeconds: number;
  watch: boolean;
}

/** `mmp up`: everything in one process. */
export const upCommand = (): Command =>
  new Command("up")
    .description("Run everything in one process: route store, sync, route API and edge.")
    .addOption(configOption())
    .addOption(drainOption(5))
    .addOption(watchOption())
    .addOption(logLevelOption())
    .option("--demo", "with a demo directory and two demo stores; needs no configuration")
    .option("--address <address>", "demo: address to listen on", "127.0.0.1")
    .addOption(portOption("imap-port", "the demo's IMAP, with STARTTLS", 1143))
    .addOption(portOption("imaps-port", "the demo's IMAP over TLS", 1993))
    .addOption(portOption("pop3-port", "the demo's POP3, with STLS", 1110))
    .addOption(portOption("pop3s-port", "the demo's POP3 over TLS", 1995))
    .addOption(portOption("api-port", "the demo's route API", 8080))
    .option("--data <folder>", "demo: folder for its files", "data/demo")
    .addHelpText(
      "after",
      "\nExamples:\n  mmp up --demo --imap-port 2143\n  mmp up --config /etc/mmp/mmp.yaml",
    )
    .action(async (options: Options) => {
      if (options.demo === true) {
        const demo = await startDemo(options);
        console.log(demo.text);
        await runUntilSignal(() => demo.stop());
        console.log("Stopped.");
        return;
      }
      const { config, logLevel, drainSeconds, watch } = options;
      const { configuration, faults } = requireStartable(config);
      const { log, flush } = createLog(logLevel);
      const { edge, stop } = await startAll(configuration, log, drainSeconds);
      tellOfWorkers(log, configuration);
      const details = { routeApi: configuration.routeApi.url };
      await serve({ file: config, configuration, faults, edge, log, watch, details, stop });
      flush();
    });

/** What was asked for in words is not left out without one. */
function tellOfWorkers(log: Logger, { instances }: Configuration): void {
  for (const [instance, { workers }] of Object.entries(instances)) {
    if (workers === "auto" || workers === 1) continue;
    log.warn({ instance, workers }, "mmp up is one process; mmp edge starts the workers");
  }
}
