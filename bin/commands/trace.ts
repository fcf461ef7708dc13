import { Command, InvalidArgumentError, Option } from "commander";
import { whyOption, withApiOptions } from "./support/options.ts";
import type { TraceOptions } from "./support/trace.ts";

const LONGEST_MINUTES = 60;

/** `mmp trace`: what the next sessions of a user do. */
export const traceCommand = (): Command =>
  withApiOptions(new Command("trace"))
    .description(
      "Show the next sessions of a user or a client step by step, as they happen, without passwords; ends after its time, or by Ctrl-C.",
    )
    .argument("[login]", "login name of the user")
    .addOption(whyOption())
    .option("--client <network>", "trace an address or network instead, such as 192.0.2.0/24")
    .addOption(
      new Option("--minutes <minutes>", "how long sessions that begin are traced")
        .default(10)
        .argParser(minutes),
    )
    .addHelpText("after", '\nExample:\n  mmp trace alice@example.com --minutes 10 --why "ticket 4711"')
    .action(async (login: string | undefined, options: TraceOptions) => {
      const { trace } = await import("./support/trace.ts");
      await trace(login, options);
    });

function minutes(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > LONGEST_MINUTES)
    throw new InvalidArgumentError(`must be a number above 0, at most ${LONGEST_MINUTES}.`);
  return value;
}
