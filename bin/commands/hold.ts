import { Command } from "commander";
import type { HoldOptions } from "./support/hold.ts";
import { holdSecondsOption, whyOption, withApiOptions } from "./support/options.ts";

/** `mmp hold`: new logins wait. */
export const holdCommand = (): Command =>
  withApiOptions(new Command("hold"))
    .description(
      "Have new logins of a user wait at the edges, or those of all users of a store. Live sessions go on. The hold ends by itself.",
    )
    .argument("[login]", "login name of the user")
    .addOption(whyOption())
    .option("--store <store>", "hold this store, for maintenance")
    .addOption(holdSecondsOption())
    .option("--renew <id>", "have the hold of this id last longer, in place of a new one")
    .addHelpText("after", '\nExample:\n  mmp hold --store store1.example.com --seconds 600 --why "new disks"')
    .action(async (login: string | undefined, options: HoldOptions) => {
      const { hold } = await import("./support/hold.ts");
      await hold(login, options);
    });
