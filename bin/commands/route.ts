import { Command } from "commander";
import { configOption } from "./options.ts";
import type { RouteOptions } from "./route/print-route.ts";

/** `mmp route`: where is a user's mailbox? */
export const routeCommand = (): Command =>
  new Command("route")
    .description("Ask the route API where a user's mailbox is.")
    .argument("<login>", "login name, as the user types it")
    .addOption(configOption())
    .option("--url <url>", "route API to ask instead of the configured one")
    .option("--token-file <file>", "file with the bearer token to use instead of the configured one")
    .option("-i, --instance <name>", "look the name up as this instance does")
    .option("--domain <domain>", "domain of a login name without one, or virtual domain of the instance")
    .option("--directory", "also ask the directory which attribute gives each login name")
    .option("--json", "print the answer as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mmp route alice@example.com --config /etc/mmp/mmp.yaml\n\nExit codes: 0 found, 1 unknown or ambiguous, 2 the route API cannot be asked.",
    )
    .action(async (login: string, options: RouteOptions) => {
      const { printRoute } = await import("./route/print-route.ts");
      await printRoute(login, options);
    });
