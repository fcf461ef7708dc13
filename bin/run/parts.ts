import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { type Edge, type EdgeOptions, startEdge } from "../../edge-proxy/main.ts";
import { openDirectory } from "../../route-api/directory/open.ts";
import type { DirectorySource } from "../../route-api/directory/source.ts";
import { type RouteApi, startRouteApi } from "../../route-api/http/serve.ts";
import type { StaticToken } from "../../route-api/http/token.ts";
import { openStore } from "../../route-api/store/open.ts";
import type { RouteStore } from "../../route-api/store/store.ts";
import { type Sync, type SyncReport, startSync, syncOnce } from "../../route-api/sync/sync.ts";
import type { Configuration } from "../config/load.ts";
import { readSecret } from "../config/require.ts";
import type { MeasuredEdge } from "./edge-metrics.ts";
import type { RunningEdge } from "./running-edge.ts";

/** Opens the configured route store, and makes it where it is a file of our own. */
export async function openRouteStore({ routeStore }: Configuration): Promise<RouteStore> {
  const store = openStore(routeStore);
  if ("sqlite" in routeStore) await store.create();
  return store;
}

/** Starts the route API; with a directory server it answers pre-authentications too. */
export const runRouteApi = (
  configuration: Configuration,
  store: RouteStore,
  log: Logger,
): Promise<RouteApi> => {
  const { routeApi, directory } = configuration;
  const { listen, limits, jwt } = routeApi;
  return startRouteApi({
    listen,
    limits,
    ...(jwt === undefined ? {} : { jwt }),
    tokens: apiTokens(configuration),
    ...("url" in directory ? { directory } : {}),
    store,
    log,
  });
};

/** The tokens that the route API takes, read from their files. */
export const apiTokens = ({ routeApi: { tokenFile, tokens } }: Configuration): StaticToken[] => [
  { name: "edge", scopes: ["edge"], secret: readSecret(tokenFile) },
  ...tokens.map(({ name, file, scopes }) => ({ name, scopes, secret: readSecret(file) })),
];

/** Starts the configured instances in this process. */
export async function runEdge(
  configuration: Configuration,
  log: Logger,
  drainSeconds: number,
): Promise<RunningEdge & MeasuredEdge> {
  const edge: Edge = await startEdge(edgeOptions(configuration), log);
  let current = configuration;
  return {
    get sessions() {
      return edge.sessions;
    },
    get configuration() {
      return current;
    },
    get listeners() {
      return edge.listeners;
    },
    get faults() {
      return edge.faults;
    },
    async reload(next) {
      await edge.reload(edgeOptions(next));
      current = next;
    },
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
    routeApi: {
      urls: routeApi.url,
      ca: routeApi.caFile === undefined ? undefined : readFileSync(routeApi.caFile, "utf8"),
      token: readSecret(routeApi.tokenFile),
    },
  };
}

/** Keeps the route store like the directory. */
export const runSync = (configuration: Configuration, store: RouteStore, log: Logger): Sync => {
  const { directory } = configuration;
  return startSync({ source: directorySource(configuration, log), store, directory, log });
};

/** Makes the route store like the directory, once. */
export const runSyncOnce = (
  configuration: Configuration,
  store: RouteStore,
  log: Logger,
): Promise<SyncReport> => {
  const { directory } = configuration;
  return syncOnce({ source: directorySource(configuration, log), store, directory, log });
};

/** The configured directory. */
export function directorySource({ directory }: Configuration, log: Logger): DirectorySource {
  const passwordFile = "url" in directory ? directory.bindPasswordFile : undefined;
  return openDirectory(directory, passwordFile === undefined ? undefined : readSecret(passwordFile), log);
}
