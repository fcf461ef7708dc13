import { Problem } from "../../../route-api/contract/problems.ts";
import { Route, routePath } from "../../../route-api/contract/routes.ts";
import type { Secret } from "../../../route-api/contract/secret.ts";
import { EXIT, Failure } from "../../failure.ts";
import { getJson, type TlsFiles } from "./get-json.ts";

export interface LookUp {
  /** Addresses of the route API, tried in order. */
  urls: readonly string[];
  token: Secret;
  tls: TlsFiles;
  login: string;
  domain: string | undefined;
}

/** Longest wait for the route API, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5000;

/** Asks the route API at the first address that answers. Throws a Failure if it knows no route, or none answers. */
export async function lookUp({ urls, token, tls, login, domain }: LookUp): Promise<Route> {
  const failures: string[] = [];
  for (const url of urls) {
    const address = new URL(routePath(login), url);
    if (domain !== undefined) address.searchParams.set("domain", domain);
    try {
      const headers = { Authorization: `Bearer ${token.reveal()}` };
      return interpret(url, login, await getJson(address, headers, tls, REQUEST_TIMEOUT_MS));
    } catch (error) {
      if (error instanceof Failure) throw error;
      failures.push(unreachableText(url, error as Error));
    }
  }
  throw new Failure(failures.join("\n"), EXIT.usage);
}

function interpret(url: string, login: string, { status, body }: { status: number; body: unknown }): Route {
  if (status === 200) return Route.parse(body);
  const problem = Problem.safeParse(body);
  if (!problem.success)
    throw new Failure(`${url} is not a route API: it answered with status ${status}`, EXIT.usage);
  const { code, title, detail, requestId } = problem.data;
  const isAnswer = code === "unknown-user" || code === "ambiguous-user";
  const text = `${login}: ${title}${detail === undefined ? "" : `: ${detail}`} (request ${requestId})`;
  throw new Failure(text, isAnswer ? EXIT.failure : EXIT.usage);
}

/** Why a route API could not be asked; runtimes word a refused connection differently. */
function unreachableText(url: string, error: Error): string {
  const { code } = (error.cause ?? error) as { code?: string };
  if (/ECONNREFUSED|ConnectionRefused/.test(`${code} ${error.message}`))
    return `nothing listens on ${new URL(url).host}; is mmp route-api running?`;
  if (error.name === "TimeoutError")
    return `the route API at ${url} has not answered in ${REQUEST_TIMEOUT_MS / 1000} s`;
  return `the route API at ${url} is unreachable: ${error.message}`;
}
