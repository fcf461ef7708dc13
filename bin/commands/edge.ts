import { Command } from "commander";
import type { EdgeOptions } from "./edge/run-edge.ts";
import { configOption, drainOption, logLevelOption, runFolderOption, watchOption } from "./options.ts";

/** `mmp edge`: the proxy alone. */
export const edgeCommand = (): Command =>
  new Command("edge")
    .description("Run the edge proxy, which IMAP and POP3 clients connect to.")
    .addOption(configOption())
    .option("-i, --instance <name>", "run only this instance of the configuration")
    .addOption(drainOption(30))
    .addOption(runFolderOption())
    .option(
      "--take-over",
      "have the running edge start this program in its place; return when it listens. The old edge then ends its sessions over --drain-seconds",
    )
    .addOption(watchOption())
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      "\nExamples:\n  mmp edge --config /etc/mmp/mmp.yaml --instance main\n  mmp edge --config /etc/mmp/mmp.yaml --instance main --take-over",
    )
    .action(async (options: EdgeOptions) => {
      const { runEdgeCommand } = await import("./edge/run-edge.ts");
      await runEdgeCommand(options);
    });
