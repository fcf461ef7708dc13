import { Command } from "commander";
import { Problem, Route, routePath, type Secret } from "../../route-api/contract.ts";
import { EXIT, Failure } from "../failure.ts";
import { readSecret, requireConfiguration } from "../load.ts";
import { configOption } from "../options.ts";

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
      const { url, token } = target(options);
      const route = await lookUp(url, token, login, options.domain);
      if (options.json === true) console.log(JSON.stringify(route));
      else console.log(describe(login, route));
    });

function target({ config, url, tokenFile }: Options): { url: string; token: Secret } {
  if (url !== undefined && tokenFile !== undefined) return { url, token: readSecret(tokenFile) };
  const { routeApi } = requireConfiguration(config);
  return { url: url ?? routeApi.url, token: readSecret(tokenFile ?? routeApi.tokenFile) };
}

async function lookUp(url: string, token: Secret, login: string, domain: string | undefined): Promise<Route> {
  const address = new URL(routePath(login), url);
  if (domain !== undefined) address.searchParams.set("domain", domain);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(address, {
      headers: { Authorization: `Bearer ${token.reveal()}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    body = await response.json();
  } catch (error) {
    throw new Failure(`the route API at ${url} cannot be reached: ${(error as Error).message}`, EXIT.usage);
  }
  if (response.ok) return Route.parse(body);
  const problem = Problem.safeParse(body);
  if (!problem.success)
    throw new Failure(`${url} is no route API: it answered with status ${response.status}`, EXIT.usage);
  const { code, title, detail, requestId } = problem.data;
  const isAnswer = code === "unknown-user" || code === "ambiguous-user";
  const text = `${login}: ${title}${detail === undefined ? "" : `: ${detail}`} (request ${requestId})`;
  throw new Failure(text, isAnswer ? EXIT.failure : EXIT.usage);
}

const describe = (login: string, { account, mailHost, uuid, version }: Route): string =>
  [
    `${login} is the account ${account}`,
    `  store:   ${mailHost.join(", then ")}`,
    `  entry:   ${uuid}`,
    `  version: ${version === "" ? "none" : version}`,
  ].join("\n");
