import { Command } from "commander";
import { withApiOptions } from "./support/options.ts";
import type { UserOptions } from "./support/print-user.ts";

/** `mmp user`: everything that is known of a user. */
export const userCommand = (): Command =>
  withApiOptions(new Command("user"))
    .description("Show a user: mailbox, directory entry, live sessions, last logins and why they failed.")
    .argument("<login>", "login name, as the user types it")
    .option("--domain <domain>", "domain of a login name without one")
    .addHelpText("after", "\nExample:\n  mmp user alice@example.com")
    .action(async (login: string, options: UserOptions) => {
      const { printUser } = await import("./support/print-user.ts");
      await printUser(login, options);
    });
