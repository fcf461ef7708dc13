import { Command } from "commander";
import { secondsOption } from "./options.ts";
import type { KickOptions } from "./support/kick.ts";
import { whyOption, withApiOptions } from "./support/options.ts";

/** `mmp kick`: end sessions. */
export const kickCommand = (): Command =>
  withApiOptions(new Command("kick"))
    .description("End all sessions of a user, one session, or all sessions at a store.")
    .argument("[login]", "login name of the user")
    .addOption(whyOption())
    .option("--session <sid>", "end this session")
    .option("--store <store>", "end all sessions at this store")
    .addOption(secondsOption("over-seconds", "time over which the sessions at a store end", 0))
    .addHelpText("after", '\nExample:\n  mmp kick alice@example.com --why "ticket 4711"')
    .action(async (login: string | undefined, options: KickOptions) => {
      const { kick } = await import("./support/kick.ts");
      await kick(login, options);
    });
