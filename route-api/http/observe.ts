import { randomUUID } from "node:crypto";
import { createMiddleware } from "hono/factory";
import { routePath as matchedPath } from "hono/route";
import type { Logger } from "pino";
import type { ApiMetrics } from "./metrics.ts";
import type { ApiEnv, Caller } from "./request-context.ts";

/** A request ID or session ID accepted from a caller: short, and safe to log. */
const ACCEPTED_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** Header with the ID of the edge's session that a look-up is for. */
const SESSION_ID = "X-Session-Id";
/** As much of X-Forwarded-For as is logged, in characters. */
const FORWARDED_CHARACTERS = 200;
/** For an edge these are answers like any other: a name is unknown, or several users'. Its own log has them. */
const ANSWERS: ReadonlySet<number> = new Set([404, 409]);

/** A request in progress. */
export interface ObservedRequest {
  requestId: string;
  /** The edge's session that the request is for. */
  sid: string | undefined;
  startedMs: number;
}

/** What is known of a request once it is answered. */
interface Outcome {
  /** Pattern of the route. */
  route: string;
  path: () => string;
  caller: Caller | undefined;
  /** Where it came from: asked only for a line of the log. */
  peer: (() => string | undefined) | undefined;
}

export interface Observer {
  /** Gives a request its ID: the caller's if that is acceptable. */
  begin(request: Request): ObservedRequest;
  /** Counts an answer, and logs it at level info unless it is routine. */
  end(observed: ObservedRequest, request: Request, status: number, outcome: Outcome): void;
}

/** The headers that every response has; a Cache-Control of its own goes before. */
export const responseHeaders = (requestId: string) => ({
  "X-Request-Id": requestId,
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
});

export function createObserver(metrics: ApiMetrics, log: Logger): Observer {
  return {
    begin({ headers }) {
      return {
        requestId: acceptedId(headers.get("X-Request-Id")) ?? randomUUID(),
        sid: acceptedId(headers.get(SESSION_ID)),
        startedMs: performance.now(),
      };
    },
    end({ requestId, sid, startedMs }, { method, headers }, status, outcome) {
      metrics.request(outcome.route, method, status, (performance.now() - startedMs) / 1000);
      const { caller, peer } = outcome;
      const level = isRoutine(caller, status) ? "debug" : "info";
      if (!log.isLevelEnabled(level)) return;
      const path = outcome.path();
      const address = peer?.();
      const durationMs = Math.round(performance.now() - startedMs);
      // A balancer in front is the peer, and names the caller's address.
      const forwardedFor = headers.get("X-Forwarded-For")?.slice(0, FORWARDED_CHARACTERS);
      log[level](
        { requestId, sid, method, path, status, caller: caller?.name, address, forwardedFor, durationMs },
        "request",
      );
    },
  };
}

/** Observes every request that reaches the app. */
export const observe = (observer: Observer) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const observed = observer.begin(c.req.raw);
    c.set("requestId", observed.requestId);
    c.set("sid", observed.sid);
    // A client that has gone meanwhile has no address any more.
    const address = c.env?.peer?.();
    await next();
    // Its headers are changed in place: c.header() would by now copy the response, and make its body a stream.
    const { headers, status } = c.res;
    for (const [name, value] of Object.entries(responseHeaders(observed.requestId)))
      if (name !== "Cache-Control" || !headers.has(name)) headers.set(name, value);
    observer.end(observed, c.req.raw, status, {
      route: matchedPath(c, -1),
      path: () => c.req.path,
      caller: c.get("caller"),
      peer: () => address,
    });
  });

const acceptedId = (given: string | null): string | undefined =>
  given !== null && ACCEPTED_ID.test(given) ? given : undefined;

/** The requests of edges and health checks, which are too many for the log: some thousands a second on a large site. */
function isRoutine(caller: Caller | undefined, status: number): boolean {
  if (caller === undefined) return status < 400;
  return caller.scopes.every((scope) => scope === "edge") && (status < 400 || ANSWERS.has(status));
}
