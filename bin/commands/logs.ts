import { Command, Option } from "commander";
import type { LogsOptions } from "./logs/print-logs.ts";

/** `mmp logs`: the log for people. */
export const logsCommand = (): Command =>
  new Command("logs")
    .description(
      "Print JSON lines of the log for people, from a file or from standard input. Follows a pipe; prints what is not JSON as it is.",
    )
    .argument("[file]", "log file; by default standard input")
    .option("--sid <sid>", "only lines of this session")
    .option("--account <account>", "only lines of this account or login name")
    .addOption(
      new Option("--level <level>", "least severe level to show").choices(["debug", "info", "warn", "error"]),
    )
    .addHelpText("after", "\nExample:\n  mmp edge | mmp logs --account alice@example.com")
    .action(async (file: string | undefined, options: LogsOptions) => {
      const { printLogs } = await import("./logs/print-logs.ts");
      await printLogs(file, options);
    });
