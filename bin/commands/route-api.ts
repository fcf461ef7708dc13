import { Command } from "commander";
import { configOption, logLevelOption, watchOption } from "./options.ts";
import type { RouteApiOptions } from "./route-api/run-route-api.ts";

/** `mmp route-api`: the API alone, or the creation of its table. */
export const routeApiCommand = (): Command =>
  new Command("route-api")
    .description("Run the route API, which tells edges and support agents where a mailbox is.")
    .addOption(configOption())
    .option("--create-table", "create the route store's table and exit")
    .addOption(watchOption())
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp route-api --config /etc/mmp/mmp.yaml --create-table")
    .action(async (options: RouteApiOptions) => {
      const { createTable, runRouteApiCommand } = await import("./route-api/run-route-api.ts");
      if (options.createTable === true) await createTable(options);
      else await runRouteApiCommand(options);
    });
