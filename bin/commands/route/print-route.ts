import type { Stores } from "../../../edge-proxy/config/stores.ts";
import type { Route } from "../../../route-api/contract/routes.ts";
import { requireConfiguration } from "../../config/for-command.ts";
import type { ConfigurationFor } from "../../config/needs.ts";
import { readSecret } from "../../config/read-secret.ts";
import type { RouteApiTarget } from "../api-client/ask-first.ts";
import { givenTarget, givenToken, type TargetOptions } from "../api-client/given-target.ts";
import { tlsFilesOf } from "../api-client/tls-files.ts";
import { formatFields } from "../support/table.ts";
import { askLoginOrigins, type LoginOrigins, originsText } from "./login-origins.ts";
import { lookUp } from "./look-up.ts";
import type { RouteOutput } from "./output.ts";
import { instanceQuestion, plainQuestion } from "./question.ts";

export interface RouteOptions extends TargetOptions {
  config: string;
  instance?: string;
  domain?: string;
  directory?: true;
  json?: true;
}

/** Looks a login name up and prints its route. Throws a Failure if there is none. */
export async function printRoute(login: string, options: RouteOptions): Promise<void> {
  const { instance, domain } = options;
  const plain = plainQuestion(login, domain);
  const given = instance === undefined && !options.directory ? givenTarget(options) : undefined;
  if (given !== undefined)
    return print(login, await lookUp({ ...given, ask: plain.ask, name: login }), options);
  const configuration = requireConfiguration(options.config, "mmp route");
  const question = instance === undefined ? plain : instanceQuestion(configuration, instance, login, domain);
  const route = await lookUp({ ...target(configuration, options), ask: question.ask, name: login });
  const { source } = route;
  const origins =
    options.directory === true && source !== undefined
      ? await askLoginOrigins(configuration, source)
      : undefined;
  print(login, route, options, { how: question.how, stores: configuration.stores, origins });
}

/** Which route API to ask, and with which token and certificates. */
function target({ routeApi }: ConfigurationFor<"mmp route">, options: RouteOptions): RouteApiTarget {
  const token = givenToken(options) ?? readSecret(routeApi.tokenFile);
  const { api } = options;
  return { urls: api === undefined ? routeApi.url : [api], token, tls: tlsFilesOf(routeApi) };
}

/** What the configuration adds to a route. */
interface Context {
  /** How the name was looked up. */
  how?: string | undefined;
  stores?: Stores | undefined;
  /** Where the login names come from; only if the directory was asked. */
  origins?: LoginOrigins | undefined;
}

function print(login: string, route: Route, { json }: RouteOptions, context: Context = {}): void {
  const { origins } = context;
  const output: RouteOutput = { ...route, ...(origins && { loginOrigins: origins }) };
  console.log(json === true ? JSON.stringify(output) : describe(login, route, context));
}

function describe(login: string, route: Route, { how, stores, origins }: Context): string {
  const { account, mailHost, uuid, version, status, statusReason, services, override = {}, source } = route;
  const overrides = Object.entries(override).map(([field, value]) => `${field} ${value}`);
  const hosts = mailHost.map((host) =>
    isLacking(host, stores) ? `${host} (stores has no entry for it)` : host,
  );
  const lines = [
    ...(how === undefined ? [] : [["found by", how]]),
    ["status", statusReason === undefined ? status : `${status} (${statusReason})`],
    ["store", hosts.join(", then ")],
    ...(overrides.length === 0 ? [] : [["override", overrides.join(", ")]]),
    ["services", services.length === 0 ? "all" : services.join("; ")],
    ...(source === undefined
      ? []
      : [
          ["entry", source.dn],
          ["logins", origins === undefined ? source.logins.join(", ") : originsText(origins)],
        ]),
    ["uuid", uuid],
    ["version", version === "" ? "none" : version],
  ];
  return `${login} is the account ${account}\n${formatFields(lines)}`;
}

const isLacking = (host: string, stores: Stores | undefined): boolean =>
  stores !== undefined &&
  stores["*"] === undefined &&
  !Object.keys(stores).some((name) => name.toLowerCase() === host.toLowerCase());
