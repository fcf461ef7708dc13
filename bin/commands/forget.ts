import { Command } from "commander";
import type { ForgetOptions } from "./support/forget.ts";
import { whyOption, withApiOptions } from "./support/options.ts";

/** `mmp forget`: delete what is kept of a user's logins. */
export const forgetCommand = (): Command =>
  withApiOptions(new Command("forget"))
    .description(
      "Delete a user's history: the logins that the route store keeps, and ended sessions that edges remember.",
    )
    .argument("<login>", "login name of the user")
    .addOption(whyOption())
    .addHelpText("after", '\nExample:\n  mmp forget alice@example.com --why "ticket 4711"')
    .action(async (login: string, options: ForgetOptions) => {
      const { forget } = await import("./support/forget.ts");
      await forget(login, options);
    });
