import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { type RouteApi, startRouteApi } from "../../route-api/http/serve.ts";
import type { ServerTls } from "../../route-api/http/tls-server.ts";
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
  const tls = apiTls(configuration);
  return startRouteApi({
    listen,
    ...(tls === undefined ? {} : { tls }),
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

/** The certificates with which the API serves TLS, read from their files; undefined if it is served in clear. */
const apiTls = ({
  routeApi: { certFile, keyFile, clientCaFile },
}: ConfigurationFor<"mmp route-api">): ServerTls | undefined =>
  certFile === undefined || keyFile === undefined
    ? undefined
    : {
        cert: readFileSync(certFile, "utf8"),
        key: readFileSync(keyFile, "utf8"),
        ...(clientCaFile === undefined ? {} : { clientCa: readFileSync(clientCaFile, "utf8") }),
      };

/** Puts the tokens and certificates of another configuration in force. Throws, and changes nothing, if they cannot be used. */
export function reloadRouteApi(
  api: RouteApi,
  configuration: ConfigurationFor<"mmp route-api">,
): StaticToken[] {
  const tokens = apiTokens(configuration);
  api.replaceTls(apiTls(configuration));
  api.replaceTokens(tokens);
  return tokens;
}
