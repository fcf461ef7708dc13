import { Route, routePath } from "../../../route-api/contract/routes.ts";
import { SEARCH_PATH } from "../../../route-api/contract/search.ts";
import { EXIT, Failure } from "../../failure.ts";
import {
  askFirst,
  problemOf,
  problemText,
  type RouteApiTarget,
  unreachableText,
} from "../api-client/ask-first.ts";
import type { JsonAnswer, JsonRequest } from "../api-client/ask-json.ts";
import type { Question } from "./question.ts";

export interface LookUp extends RouteApiTarget {
  ask: Question["ask"];
  /** What failures call it. */
  name: string;
}

/** Longest wait for the route API, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5000;

/** Asks the route API at the first address that answers. Throws a Failure if it knows no route, or none answers. */
export const lookUp = ({ ask, name, ...target }: LookUp): Promise<Route> =>
  askFirst(
    target,
    REQUEST_TIMEOUT_MS,
    (url) => requestOf(url, ask),
    (url, answer) => interpret(url, name, answer),
    refusedText,
  );

function requestOf(url: string, ask: Question["ask"]): JsonRequest {
  if (ask.is === "match") return { url: new URL(SEARCH_PATH, url), body: { match: ask.match, source: true } };
  const address = new URL(routePath(ask.login), url);
  address.searchParams.set("source", "true");
  if (ask.domain !== undefined) address.searchParams.set("domain", ask.domain);
  return { url: address };
}

function interpret(url: string, name: string, answer: JsonAnswer): Route {
  if (answer.status === 200) return Route.parse(answer.body);
  const problem = problemOf(url, answer);
  const isAnswer = problem.code === "unknown-user" || problem.code === "ambiguous-user";
  throw new Failure(`${name}: ${problemText(problem)}`, isAnswer ? EXIT.failure : EXIT.usage);
}

/** Runtimes word a refused connection differently. */
function refusedText(url: string, error: Error): string {
  const { code } = (error.cause ?? error) as { code?: string };
  if (/ECONNREFUSED|ConnectionRefused/.test(`${code} ${error.message}`))
    return `nothing listens on ${new URL(url).host}; is mmp route-api running?`;
  return unreachableText(url, error);
}
