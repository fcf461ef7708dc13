import { openStore } from "../../../route-api/store/open.ts";
import { loadFor, requireConfiguration } from "../../config/for-command.ts";
import { NEEDS } from "../../config/needs.ts";
import { runKeptCurrent } from "../../run/kept-current.ts";
import { createLog } from "../../run/logger.ts";
import { reloader } from "../../run/reload.ts";
import { reloadRouteApi, runRouteApi } from "../../run/route-api.ts";
import { openRouteStore } from "../../run/route-store.ts";
import { warnOfExposedSecrets } from "../../run/warn-exposed.ts";
import { bringSecretFiles } from "../../secret-files/secret-files.ts";

export interface RouteApiOptions {
  config: string;
  createTable?: true;
  logLevel: string;
  watch: boolean;
}

/** Creates the table of the route store. */
export async function createTable({ config }: RouteApiOptions): Promise<void> {
  await bringSecretFiles(config);
  const { routeStore } = requireConfiguration(config, "mmp route-api --create-table");
  const store = openStore(routeStore);
  await store.create();
  await store.close();
  console.log("The route store is ready.");
}

/** Runs the route API until a signal ends it. */
export async function runRouteApiCommand({ config, logLevel, watch }: RouteApiOptions): Promise<void> {
  const secrets = await bringSecretFiles(config);
  const configuration = requireConfiguration(config, "mmp route-api");
  const log = createLog(logLevel);
  const store = await openRouteStore(configuration);
  const server = await runRouteApi(configuration, store, log);
  warnOfExposedSecrets(log, configuration);
  log.info({ address: server.address, port: server.port }, "listening");
  let inForce = configuration;
  const reload = reloader({
    log,
    read: () => loadFor(config, "mmp route-api"),
    apply({ configuration: next }) {
      const tokens = reloadRouteApi(server, inForce, next, log);
      inForce = next;
      return { tokens: tokens.map(({ name }) => name) };
    },
  });
  const sections = NEEDS["mmp route-api"];
  await runKeptCurrent({ file: config, sections, watch, secrets, reload, log }, () => server.close());
  await store.close();
  log.info("stopped");
}
