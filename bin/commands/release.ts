import { Command } from "commander";
import type { ReleaseOptions } from "./support/hold.ts";
import { whyOption, withApiOptions } from "./support/options.ts";

/** `mmp release`: logins go on that wait. */
export const releaseCommand = (): Command =>
  withApiOptions(new Command("release"))
    .description("End the hold of a user, or of a store: logins that wait go on within a second.")
    .argument("[login]", "login name of the user")
    .addOption(whyOption())
    .option("--store <store>", "release this store")
    .option("--id <id>", "hold of somebody else to end; * ends any")
    .addHelpText("after", '\nExample:\n  mmp release alice@example.com --why "ticket 4711"')
    .action(async (login: string | undefined, options: ReleaseOptions) => {
      const { release } = await import("./support/hold.ts");
      await release(login, options);
    });
