import { Command, Option } from "commander";
import { configOption } from "./options.ts";
import type { RouteOptions } from "./route/print-route.ts";
import { apiOption } from "./support/options.ts";

/** `mmp route`: where is a user's mailbox? */
export const routeCommand = (): Command =>
  new Command("route")
    .description("Ask the route API where a user's mailbox is.")
    .argument("<login>", "login name, as the user types it")
    .addOption(configOption())
    .addOption(apiOption())
    .addOption(new Option("--url <url>", "older name of --api").hideHelp())
    .option(
      "--token-file <file>",
      "file with the bearer token; by default the token in MMP_TOKEN, else the edges' of the configuration",
    )
    .option("-i, --instance <name>", "look the name up as this instance does")
    .option("--domain <domain>", "domain of a login name without one, or virtual domain of the instance")
    .option("--directory", "also ask the directory which attribute gives each login name")
    .option("--json", "print the answer as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mmp route alice@example.com --config /etc/mmp/mmp.yaml\n\nExit codes: 0 found, 1 unknown or ambiguous, 2 the route API cannot be asked.",
    )
    .action(async (login: string, { url, ...options }: RouteOptions & { url?: string }) => {
      const { printRoute } = await import("./route/print-route.ts");
      await printRoute(login, { ...(url === undefined ? {} : { api: url }), ...options });
    });
