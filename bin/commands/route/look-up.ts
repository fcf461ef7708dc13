import { Problem } from "../../../route-api/contract/problems.ts";
import { Route, routePath } from "../../../route-api/contract/routes.ts";
import { SEARCH_PATH } from "../../../route-api/contract/search.ts";
import type { Secret } from "../../../route-api/contract/secret.ts";
import { EXIT, Failure } from "../../failure.ts";
import { askJson, type TlsFiles } from "./ask-json.ts";
import type { Question } from "./question.ts";

export interface LookUp {
  /** Addresses of the route API, tried in order. */
  urls: readonly string[];
  token: Secret;
  tls: TlsFiles;
  ask: Question["ask"];
  /** What failures call it. */
  name: string;
}

/** Longest wait for the route API, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5000;

/** Asks the route API at the first address that answers. Throws a Failure if it knows no route, or none answers. */
export async function lookUp({ urls, token, tls, ask, name }: LookUp): Promise<Route> {
  const failures: string[] = [];
  for (const url of urls) {
    try {
      const headers = { Authorization: `Bearer ${token.reveal()}` };
      const request = { ...requestOf(url, ask), headers };
      return interpret(url, name, await askJson(request, tls, REQUEST_TIMEOUT_MS));
    } catch (error) {
      if (error instanceof Failure) throw error;
      failures.push(unreachableText(url, error as Error));
    }
  }
  throw new Failure(failures.join("\n"), EXIT.usage);
}

function requestOf(url: string, ask: Question["ask"]): { url: URL; body?: object } {
  if (ask.is === "match") return { url: new URL(SEARCH_PATH, url), body: { match: ask.match, source: true } };
  const address = new URL(routePath(ask.login), url);
  address.searchParams.set("source", "true");
  if (ask.domain !== undefined) address.searchParams.set("domain", ask.domain);
  return { url: address };
}

function interpret(url: string, name: string, { status, body }: { status: number; body: unknown }): Route {
  if (status === 200) return Route.parse(body);
  const problem = Problem.safeParse(body);
  if (!problem.success)
    throw new Failure(`${url} is not a route API: it answered with status ${status}`, EXIT.usage);
  const { code, title, detail, requestId } = problem.data;
  const isAnswer = code === "unknown-user" || code === "ambiguous-user";
  const text = `${name}: ${title}${detail === undefined ? "" : `: ${detail}`} (request ${requestId})`;
  throw new Failure(text, isAnswer ? EXIT.failure : EXIT.usage);
}

/** Why a route API could not be asked; runtimes word a refused connection differently. */
function unreachableText(url: string, error: Error): string {
  const { code } = (error.cause ?? error) as { code?: string };
  if (/ECONNREFUSED|ConnectionRefused/.test(`${code} ${error.message}`))
    return `nothing listens on ${new URL(url).host}; is mmp route-api running?`;
  return `the route API at ${url} is unreachable: ${error.message}`;
}
