import { Command, Option } from "commander";
import { limitOption, withApiOptions } from "./support/options.ts";
import type { SessionsOptions } from "./support/print-sessions.ts";

/** `mmp sessions`: who is connected? */
export const sessionsCommand = (): Command =>
  withApiOptions(new Command("sessions"))
    .description("List live sessions of all edges, newest first.")
    .argument("[account]", "account, or login name as the user types it")
    .option("--store <store>", "only sessions at this store")
    .option("--client <network>", "only clients of this address or network")
    .option("--edge <edge>", "only sessions of this edge")
    .option("-i, --instance <name>", "only sessions of this instance")
    .addOption(new Option("--protocol <protocol>", "only this protocol").choices(["imap", "pop3"]))
    .addOption(limitOption(50, 200))
    .addHelpText("after", "\nExample:\n  mmp sessions alice@example.com --api https://mmp.example.com")
    .action(async (account: string | undefined, options: SessionsOptions) => {
      const { printSessions } = await import("./support/print-sessions.ts");
      await printSessions(account, options);
    });
