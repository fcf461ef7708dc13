import { Command } from "commander";
import { Problem } from "../../route-api/contract/problems.ts";
import { Route, routePath } from "../../route-api/contract/routes.ts";
import type { Secret } from "../../route-api/contract/secret.ts";
import { readSecret, requireConfiguration } from "../config/require.ts";
import { EXIT, Failure } from "../failure.ts";
import { configOption } from "./options.ts";

interface Options {
  config: string;
  url?: string;
  tokenFile?: string;
  domain?: string;
  json?: true;
}

/** Longest wait for the route API, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5000;

/** `mmp route`: where does a user go? */
export const routeCommand = (): Command =>
  new Command("route")
    .description("Ask the route API where a user's mailbox is.")
    .argument("<login>", "login name, as the user types it")
    .addOption(configOption())
    .option("--url <url>", "the route API, in place of the configuration's")
    .option("--token-file <file>", "file with the bearer token, in place of the configuration's")
    .option("--domain <domain>", "domain of a login name without one")
    .option("--json", "print the answer as it is")
    .addHelpText("after", "\nExample:\n  mmp route alice@example.com --config /etc/mmp/mmp.yaml")
    .action(async (login: string, options: Options) => {
      const { urls, token } = target(options);
      const route = await lookUp(urls, token, login, options.domain);
      if (options.json === true) console.log(JSON.stringify(route));
      else console.log(describe(login, route));
    });

function target({ config, url, tokenFile }: Options): { urls: string[]; token: Secret } {
  if (url !== undefined && tokenFile !== undefined) return { urls: [url], token: readSecret(tokenFile) };
  const { routeApi } = requireConfiguration(config);
  const token = readSecret(tokenFile ?? routeApi.tokenFile);
  return { urls: url === undefined ? routeApi.url : [url], token };
}

/** Asks the first of the addresses that answers. */
async function lookUp(
  urls: readonly string[],
  token: Secret,
  login: string,
  domain: string | undefined,
): Promise<Route> {
  const failures: string[] = [];
  for (const url of urls) {
    const address = new URL(routePath(login), url);
    if (domain !== undefined) address.searchParams.set("domain", domain);
    try {
      const response = await fetch(address, {
        headers: { Authorization: `Bearer ${token.reveal()}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      return interpret(url, login, response, await response.json());
    } catch (error) {
      if (error instanceof Failure) throw error;
      failures.push(`the route API at ${url} cannot be reached: ${(error as Error).message}`);
    }
  }
  throw new Failure(failures.join("\n"), EXIT.usage);
}

function interpret(url: string, login: string, response: Response, body: unknown): Route {
  if (response.ok) return Route.parse(body);
  const problem = Problem.safeParse(body);
  if (!problem.success)
    throw new Failure(`${url} is no route API: it answered with status ${response.status}`, EXIT.usage);
  const { code, title, detail, requestId } = problem.data;
  const isAnswer = code === "unknown-user" || code === "ambiguous-user";
  const text = `${login}: ${title}${detail === undefined ? "" : `: ${detail}`} (request ${requestId})`;
  throw new Failure(text, isAnswer ? EXIT.failure : EXIT.usage);
}

/** The route for a person to read. */
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
