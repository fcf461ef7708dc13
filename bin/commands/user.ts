import { Command, Option } from "commander";
import { withApiOptions } from "./support/options.ts";
import type { UserOptions } from "./support/print-user.ts";

/** `mmp user`: everything that is known of a user. */
export const userCommand = (): Command =>
  withApiOptions(new Command("user"))
    .description(
      "Show a user: mailbox, directory entry, how an edge decides about the name, live sessions, last logins and why they failed.",
    )
    .argument("<login>", "login name, as the user types it")
    .option("--domain <domain>", "domain of a login name without one")
    .option("--edge <edge>", "edge that explains the login; by default any")
    .option("--instance <name>", "instance whose settings count; by default the first")
    .addOption(new Option("--protocol <protocol>", "protocol of the login").choices(["imap", "pop3"]))
    .option("--client <address>", "client's address, for access rules")
    .addHelpText("after", "\nExample:\n  mmp user alice@example.com")
    .action(async (login: string, options: UserOptions) => {
      const { printUser } = await import("./support/print-user.ts");
      await printUser(login, options);
    });
