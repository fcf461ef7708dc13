import { Command } from "commander";
import { openStore } from "../../route-api/store/open.ts";
import { requireConfiguration } from "../config/require.ts";
import { createLog } from "../run/logger.ts";
import { apiTokens, openRouteStore, runRouteApi } from "../run/parts.ts";
import { wholeReloader } from "../run/reload-whole.ts";
import { runUntilSignal } from "../run/signals.ts";
import { bringSecretFiles } from "../secret-files/secret-files.ts";
import { configOption, logLevelOption } from "./options.ts";

interface Options {
  config: string;
  createTable?: true;
  logLevel: string;
}

/** `mmp route-api`: the API alone, or the making of its table. */
export const routeApiCommand = (): Command =>
  new Command("route-api")
    .description("Run the route API: edges and support agents ask it where a user's mailbox is.")
    .addOption(configOption())
    .option("--create-table", "make the table of the route store, and end")
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp route-api --config /etc/mmp/mmp.yaml --create-table")
    .action(async ({ config, createTable, logLevel }: Options) => {
      const secrets = await bringSecretFiles(config);
      const configuration = requireConfiguration(config);
      if (createTable === true) {
        const store = openStore(configuration.routeStore);
        await store.create();
        await store.close();
        console.log("The route store is ready.");
        return;
      }
      const { log, flush } = createLog(logLevel);
      const store = await openRouteStore(configuration);
      const server = await runRouteApi(configuration, store, log);
      log.info({ address: server.address, port: server.port }, "listening");
      const reload = wholeReloader(config, log, (next) => {
        const tokens = apiTokens(next);
        server.replaceTokens(tokens);
        return { tokens: tokens.map(({ name }) => name) };
      });
      secrets?.follow(log, reload);
      await runUntilSignal(() => server.close(), reload);
      await store.close();
      log.info("stopped");
      flush();
    });
