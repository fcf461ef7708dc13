import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { type RouteApi, startRouteApi } from "../../route-api/http/serve.ts";
import type { ServerTls } from "../../route-api/http/tls-server.ts";
import type { StaticToken } from "../../route-api/http/token.ts";
import type { RouteStore } from "../../route-api/store/store.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import { readSecret } from "../config/read-secret.ts";
import { droppedLogLines } from "./logger.ts";
import { selfSigned } from "./self-signed.ts";

/** Starts the route API; if a directory server is configured, it answers pre-authentications too. */
export async function runRouteApi(
  configuration: ConfigurationFor<"mmp route-api">,
  store: RouteStore,
  log: Logger,
): Promise<RouteApi> {
  const { routeApi, history } = configuration;
  const directory = directoryServer(configuration);
  const { listen, limits, jwt, console } = routeApi;
  const tls = routeApi.selfSigned ? await selfSigned() : apiTls(configuration);
  return startRouteApi({
    listen,
    ...(tls === undefined ? {} : { tls }),
    limits,
    history,
    console,
    ...(jwt === undefined ? {} : { jwt }),
    tokens: apiTokens(configuration),
    ...(directory === undefined ? {} : { directory }),
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

/**
 * Puts another configuration in force: tokens, certificates, token issuer and directory. Throws, and changes nothing, if
 * it cannot be used. `listen`, `limits`, `console`, `selfSigned` and `history` are for the next start.
 */
export function reloadRouteApi(
  api: RouteApi,
  before: ConfigurationFor<"mmp route-api">,
  next: ConfigurationFor<"mmp route-api">,
  log: Logger,
): StaticToken[] {
  const tokens = apiTokens(next);
  if (!next.routeApi.selfSigned) api.replaceTls(apiTls(next));
  api.replaceTokens(tokens);
  if (differ(before.routeApi.jwt, next.routeApi.jwt)) api.replaceIssuer(next.routeApi.jwt);
  if (differ(before.directory, next.directory)) api.replaceDirectory(directoryServer(next));
  const fields = [
    ...(["listen", "limits", "console", "selfSigned"] as const)
      .filter((field) => differ(before.routeApi[field], next.routeApi[field]))
      .map((field) => `routeApi.${field}`),
    ...(differ(before.history, next.history) ? ["history"] : []),
    ...(differ(before.routeStore, next.routeStore) ? ["routeStore"] : []),
  ];
  if (fields.length > 0) log.warn({ fields }, "settings take effect at the next start");
  return tokens;
}

const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);

/** The directory server that checks passwords; undefined if there is none. */
const directoryServer = ({ directory }: ConfigurationFor<"mmp route-api">) =>
  directory !== undefined && "url" in directory ? directory : undefined;
