import type { Logger } from "pino";
import { type Edge, type EdgeOptions, startEdge } from "../edge-proxy/main.ts";
import { openDirectory } from "../route-api/directory/source.ts";
import { type Sync, type SyncReport, startSync, syncOnce } from "../route-api/directory/sync.ts";
import type { HttpServer } from "../route-api/http-server.ts";
import { startRouteApi } from "../route-api/serve.ts";
import { openStore } from "../route-api/store/open.ts";
import type { RouteStore } from "../route-api/store/store.ts";
import type { Configuration } from "./config-file.ts";
import { readSecret } from "./load.ts";
import type { RunningEdge } from "./running-edge.ts";

/** Opens the configured route store, and makes it where it is a file of our own. */
export async function openRouteStore({ routeStore }: Configuration): Promise<RouteStore> {
  const store = openStore(routeStore);
  if ("sqlite" in routeStore) await store.create();
  return store;
}

export const runRouteApi = (
  { routeApi }: Configuration,
  store: RouteStore,
  log: Logger,
): Promise<HttpServer> =>
  startRouteApi({ listen: routeApi.listen, token: readSecret(routeApi.tokenFile), store, log });

/** Starts the configured instances in this process. */
export async function runEdge(
  configuration: Configuration,
  log: Logger,
  drainSeconds: number,
): Promise<RunningEdge> {
  const edge: Edge = await startEdge(edgeOptions(configuration), log);
  return {
    get listeners() {
      return edge.listeners;
    },
    get faults() {
      return edge.faults;
    },
    reload: (next) => edge.reload(edgeOptions(next)),
    drain: () => edge.drain(drainSeconds),
  };
}

/** What of the configuration the edge runs on. */
export function edgeOptions(configuration: Configuration): EdgeOptions {
  const { edge, stores, routeApi, instances } = configuration;
  return {
    edge,
    stores,
    instances,
    routeApi: { url: routeApi.url, token: readSecret(routeApi.tokenFile) },
  };
}

/** Keeps the route store like the directory. */
export const runSync = ({ directory }: Configuration, store: RouteStore, log: Logger): Sync =>
  startSync({
    source: directorySource(directory),
    store,
    names: directory,
    intervalSeconds: directory.syncIntervalSeconds,
    maxRemovedShare: directory.maxRemovedShare,
    log,
    ...("ldif" in directory ? { watchFile: directory.ldif } : {}),
  });

/** Makes the route store like the directory, once. */
export const runSyncOnce = ({ directory }: Configuration, store: RouteStore): Promise<SyncReport> =>
  syncOnce(directorySource(directory), store, directory, { maxRemovedShare: directory.maxRemovedShare });

function directorySource(directory: Configuration["directory"]) {
  const passwordFile = "url" in directory ? directory.bindPasswordFile : undefined;
  return openDirectory(directory, passwordFile === undefined ? undefined : readSecret(passwordFile));
}
