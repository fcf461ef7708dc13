import { Command } from "commander";
import type { GivenDemoOptions } from "../demo/options.ts";
import {
  configOption,
  drainOption,
  logLevelOption,
  portBaseOption,
  portOption,
  watchOption,
} from "./options.ts";
import type { UpOptions } from "./up/run-all.ts";

/** `mmp up`: everything in one process. */
export const upCommand = (): Command =>
  new Command("up")
    .description("Run everything in one process: route store, sync, route API and edge.")
    .addOption(configOption())
    .addOption(drainOption(5))
    .addOption(watchOption())
    .addOption(logLevelOption())
    .option("--demo", "run with a demo directory and two demo stores; needs no configuration")
    .option("--address <address>", "demo: address to listen on", "127.0.0.1")
    .addOption(portBaseOption())
    .addOption(portOption("imap-port", "the demo's IMAP, with STARTTLS (default: 1143)"))
    .addOption(portOption("imaps-port", "the demo's IMAP over TLS (default: 1993)"))
    .addOption(portOption("pop3-port", "the demo's POP3, with STLS (default: 1110)"))
    .addOption(portOption("pop3s-port", "the demo's POP3 over TLS (default: 1995)"))
    .addOption(portOption("api-port", "the demo's route API (default: 8080)"))
    .option("--data <folder>", "demo: folder for its files (default: data/demo)")
    .addHelpText(
      "after",
      "\nExamples:\n  mmp up --demo --port-base 20000\n  mmp up --config /etc/mmp/mmp.yaml",
    )
    .action(async (options: UpOptions & GivenDemoOptions & { demo?: true }) => {
      if (options.demo === true) return (await import("./up/run-demo.ts")).runDemo(options);
      const { runAll } = await import("./up/run-all.ts");
      await runAll(options);
    });
