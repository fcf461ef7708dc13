import type { Logger } from "pino";
import { type RouteApi, startRouteApi } from "../../route-api/http/serve.ts";
import type { StaticToken } from "../../route-api/http/token.ts";
import type { RouteStore } from "../../route-api/store/store.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import { readSecret } from "../config/read-secret.ts";
import { droppedLogLines } from "./logger.ts";

/** Starts the route API; if a directory server is configured, it answers pre-authentications too. */
export function runRouteApi(
  configuration: ConfigurationFor<"mmp route-api">,
  store: RouteStore,
  log: Logger,
): Promise<RouteApi> {
  const { routeApi, directory } = configuration;
  const { listen, limits, jwt } = routeApi;
  return startRouteApi({
    listen,
    limits,
    ...(jwt === undefined ? {} : { jwt }),
    tokens: apiTokens(configuration),
    ...(directory !== undefined && "url" in directory ? { directory } : {}),
    store,
    droppedLogLines,
    log,
  });
}

/** The tokens that the route API accepts, read from their files. Throws Failure. */
export const apiTokens = ({
  routeApi: { tokenFile, tokens },
}: ConfigurationFor<"mmp route-api">): StaticToken[] => [
  { name: "edge", scopes: ["edge"], secret: readSecret(tokenFile) },
  ...tokens.map(({ name, file, scopes }) => ({ name, scopes, secret: readSecret(file) })),
];
