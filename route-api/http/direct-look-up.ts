import { getPath, getQueryParams } from "hono/utils/url";
import type { Logger } from "pino";
import type { z } from "zod";
import { canonicalLogin } from "../contract/names.ts";
import type { ProblemCode } from "../contract/problems.ts";
import { type Route, RouteParams, RouteQuery } from "../contract/routes.ts";
import type { Gate } from "./limits.ts";
import { type ObservedRequest, type Observer, responseHeaders } from "./observe.ts";
import { failureOf, problemAnswer } from "./problem.ts";
import type { ApiEnv, Caller } from "./request-context.ts";
import type { AskedRoute, LookedUp, LookUp } from "./resources/routes/look-up.ts";
import { getRoute } from "./resources/routes/routes.ts";
import { bearerToken, type TokenSet } from "./token.ts";

/** Queries that are remembered: an edge's is the same at each look-up, since it comes from its configuration. */
const QUERIES_MAX = 64;
const PREFIX = "/v1/routes/";
const ROUTE = getRoute.getRoutingPath();
/** A name that is surely valid, as most are: it need not go through `RouteParams`. */
const PLAIN_NAME = /^[!-~]{1,255}$/;

export interface DirectLookUpParts {
  findToken: TokenSet["find"];
  /** The one of all other requests. */
  gate: Gate;
  observer: Observer;
  lookUp: LookUp;
  log: Logger;
}

/** Answers a request, or leaves it to the app: undefined. */
export type Direct = (
  request: Request,
  bindings: ApiEnv["Bindings"],
) => Response | Promise<Response> | undefined;

/**
 * The short way for what a route API does most: `GET /v1/routes/{login}` of an edge with a static token. The app answers
 * it alike, by eleven handlers in a row, which take most of its time. Whatever is not as an edge asks, or would be
 * refused before the look-up, is the app's. No promise is made where the store needs none.
 */
export function directLookUp({ findToken, gate, observer, lookUp, log }: DirectLookUpParts): Direct {
  const readQuery = createQueryReader();

  const read = ({ login, search }: SplitUrl, { headers }: Request): AskedRoute | undefined => {
    if (!PLAIN_NAME.test(login) && !RouteParams.safeParse({ login }).success) return undefined;
    const query = readQuery(search);
    const name = query && canonicalLogin(login, query.domain);
    if (name === undefined) return undefined;
    return {
      login: name,
      attributes: query?.attributes,
      withSource: query?.source === "true",
      cacheControl: headers.get("Cache-Control") ?? undefined,
    };
  };

  const respond = (
    asked: AskedRoute,
    caller: Caller,
    { requestId, sid }: ObservedRequest,
  ): Response | Promise<Response> => {
    const answered = (answer: LookedUp): Response =>
      answer.is === "route"
        ? routeResponse(answer.route, requestId)
        : problemResponse(answer.code, requestId, answer.detail);
    const failed = (error: unknown): Response => {
      const { code, detail } = failureOf(error as Error, log, { requestId, sid });
      return problemResponse(code, requestId, detail);
    };
    try {
      const answer = lookUp(asked, caller);
      return answer instanceof Promise ? answer.then(answered).catch(failed) : answered(answer);
    } catch (error) {
      return failed(error);
    }
  };

  return (request, { peer, barsEdges, signedIn }) => {
    if (request.method !== "GET" || barsEdges === true || signedIn !== undefined) return undefined;
    const parts = splitUrl(request.url);
    if (parts === undefined) return undefined;
    const token = bearerToken(request.headers.get("Authorization"));
    const caller = token === undefined ? undefined : findToken(token);
    if (caller?.scopes.includes("edge") !== true) return undefined;
    const asked = read(parts, request);
    if (asked === undefined || request.body !== null) return undefined;
    const leave = gate.enter();
    if (leave === undefined) return undefined;

    const observed = observer.begin(request);
    const end = (response: Response, from: typeof peer): Response => {
      leave();
      const path = (): string => getPath(request);
      observer.end(observed, request, response.status, { route: ROUTE, path, caller, peer: from });
      return response;
    };
    const response = respond(asked, caller, observed);
    if (!(response instanceof Promise)) return end(response, peer);
    // A client that has gone when its answer comes has no address any more.
    const address = peer?.();
    return response.then((late) => end(late, () => address));
  };
}

const routeResponse = (route: Route, requestId: string): Response =>
  new Response(JSON.stringify(route), {
    headers: { "Content-Type": "application/json", ...responseHeaders(requestId) },
  });

function problemResponse(code: ProblemCode, requestId: string, detail: string | undefined): Response {
  const { status, headers, body } = problemAnswer(code, requestId, detail);
  return new Response(body, { status, headers: { ...headers, ...responseHeaders(requestId) } });
}

interface SplitUrl {
  /** Decoded. */
  login: string;
  /** With its question mark. */
  search: string;
}

/** The parts of a look-up's URL; undefined if it is of something else, or its name is not well encoded. */
function splitUrl(url: string): SplitUrl | undefined {
  const start = url.indexOf("/", url.indexOf(":") + 3);
  if (!url.startsWith(PREFIX, start) || url.includes("#")) return undefined;
  const mark = url.indexOf("?", start);
  const end = mark < 0 ? url.length : mark;
  const segment = url.slice(start + PREFIX.length, end);
  if (segment.includes("/")) return undefined;
  try {
    return { login: decodeURIComponent(segment), search: url.slice(end) };
  } catch {
    return undefined;
  }
}

/** Reads `?name=value…`, and remembers what it has read; undefined if it breaks the contract. */
function createQueryReader(): (search: string) => z.infer<typeof RouteQuery> | undefined {
  const read = new Map<string, z.infer<typeof RouteQuery>>();
  return (search) => {
    const known = read.get(search);
    if (known !== undefined) return known;
    const values = Object.entries(getQueryParams(`http://-${search}`) ?? {});
    // As Hono does: several values of one name are a list, which the contract refuses.
    const { data } = RouteQuery.safeParse(
      Object.fromEntries(values.map(([name, all]) => [name, all.length === 1 ? all[0] : all])),
    );
    if (data === undefined) return undefined;
    if (read.size >= QUERIES_MAX) read.clear();
    read.set(search, data);
    return data;
  };
}
