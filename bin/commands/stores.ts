import { Command } from "commander";
import type { ApiOptions } from "./support/api.ts";
import { withApiOptions } from "./support/options.ts";

/** `mmp stores`: how do the mail stores do? */
export const storesCommand = (): Command =>
  withApiOptions(new Command("stores"))
    .description(
      "List the mail stores as the edges see them: sessions, logins, failures, addresses that fail.",
    )
    .addHelpText("after", "\nExample:\n  mmp stores")
    .action(async (options: ApiOptions) => {
      const { printStores } = await import("./support/print-stores.ts");
      await printStores(options);
    });
