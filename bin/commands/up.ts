import { Command } from "commander";
import { type DemoOptions, startDemo } from "../demo/run.ts";
import { runUntilSignal } from "../lifecycle.ts";
import { requireConfiguration } from "../load.ts";
import { createLog } from "../logger.ts";
import { configOption, drainOption, logLevelOption, portOption } from "../options.ts";
import { apiTokens, edgeOptions } from "../parts.ts";
import { reloader } from "../reload.ts";
import { startAll } from "../start-all.ts";

interface Options extends DemoOptions {
  config: string;
  demo?: true;
  logLevel: string;
  drainSeconds: number;
}

/** `mmp up`: everything in one process. */
export const upCommand = (): Command =>
  new Command("up")
    .description("Run everything in one process: route store, sync, route API and edge.")
    .addOption(configOption())
    .addOption(drainOption(5))
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
      const configuration = requireConfiguration(options.config);
      const { log, flush } = createLog(options.logLevel);
      const all = await startAll(configuration, log);
      log.info({ listeners: all.edge.listeners, routeApi: configuration.routeApi.url }, "listening");
      const reload = reloader(options.config, log, async (next) => {
        all.routeApi.replaceTokens(apiTokens(next));
        await all.edge.reload(edgeOptions(next));
        return { listeners: all.edge.listeners };
      });
      await runUntilSignal(() => all.stop(options.drainSeconds), reload);
      log.info("stopped");
      flush();
    });
