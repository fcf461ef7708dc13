import type { Route } from "../../../route-api/contract/routes.ts";
import { requireConfiguration } from "../../config/for-command.ts";
import { readSecret } from "../../config/read-secret.ts";
import { type LookUp, lookUp } from "./look-up.ts";
import { tlsFilesOf } from "./tls-files.ts";

export interface RouteOptions {
  config: string;
  url?: string;
  tokenFile?: string;
  domain?: string;
  json?: true;
}

/** Looks a login name up and prints its route. Throws a Failure if there is none. */
export async function printRoute(login: string, options: RouteOptions): Promise<void> {
  const route = await lookUp({ ...target(options), login, domain: options.domain });
  console.log(options.json === true ? JSON.stringify(route) : describe(login, route));
}

/** Which route API to ask, and with which token and certificates. */
function target({ config, url, tokenFile }: RouteOptions): Pick<LookUp, "urls" | "token" | "tls"> {
  if (url !== undefined && tokenFile !== undefined)
    return { urls: [url], token: readSecret(tokenFile), tls: {} };
  const { routeApi } = requireConfiguration(config, "mmp route");
  const token = readSecret(tokenFile ?? routeApi.tokenFile);
  return { urls: url === undefined ? routeApi.url : [url], token, tls: tlsFilesOf(routeApi) };
}

function describe(login: string, route: Route): string {
  const { account, mailHost, uuid, version, status, statusReason, services, override = {} } = route;
  const overrides = Object.entries(override).map(([field, value]) => `${field} ${value}`);
  const lines = [
    ["status", statusReason === undefined ? status : `${status} (${statusReason})`],
    ["store", mailHost.join(", then ")],
    ...(overrides.length === 0 ? [] : [["override", overrides.join(", ")]]),
    ["services", services.length === 0 ? "all" : services.join("; ")],
    ["entry", uuid],
    ["version", version === "" ? "none" : version],
  ];
  return [
    `${login} is the account ${account}`,
    ...lines.map(([name, value]) => `  ${`${name}:`.padEnd(10)}${value}`),
  ].join("\n");
}
