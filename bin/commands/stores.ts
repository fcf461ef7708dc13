import { Command } from "commander";
import { withApiOptions } from "./support/options.ts";
import type { StoresOptions } from "./support/print-stores.ts";

/** `mmp stores`: how do the mail stores do? */
export const storesCommand = (): Command =>
  withApiOptions(new Command("stores"))
    .description(
      "List the mail stores as the edges see them: sessions, logins, failures, addresses that fail.",
    )
    .option("--probe <store>", "have every edge try to reach this store now, without logging in; needs --why")
    .option("--why <text>", "reason or ticket number, for the audit")
    .addHelpText("after", '\nExample:\n  mmp stores --probe store1.example.com --why "ticket 4711"')
    .action(async (options: StoresOptions) => {
      const { printStores } = await import("./support/print-stores.ts");
      await printStores(options);
    });
