import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { problem } from "./problem.ts";
import type { ApiEnv } from "./request-context.ts";

/** Deepest nesting of objects and arrays in a body: readers of JSON and of schemas go down by calling themselves. */
const JSON_DEPTH_MAX = 32;
/** Callers whose rate is watched at once; the one that has been quiet for longest is forgotten first. */
const WATCHED_CALLERS_MAX = 10_000;

/** Room for so many at once. */
export interface Gate {
  /** Takes a place; the result gives it back. undefined: there is none. */
  enter(): (() => void) | undefined;
}

export function createGate(places: number): Gate {
  let taken = 0;
  return {
    enter() {
      if (taken >= places) return undefined;
      taken++;
      let inside = true;
      return () => {
        if (inside) taken--;
        inside = false;
      };
    },
  };
}

/** At most so many requests at once, `apart` from the path whose requests are counted on their own. */
export function limitConcurrency(requests: number, apart: string) {
  const gate = createGate(requests);
  return createMiddleware<ApiEnv>(async (c, next) => {
    if (c.req.path === apart) return next();
    const leave = gate.enter();
    if (leave === undefined) return problem(c, "overloaded");
    try {
      return await next();
    } finally {
      leave();
    }
  });
}

/** At most so many requests a second of each caller that is not an edge, and as many at once (a token bucket). */
export function limitRate(perSecond: number, nowMs: () => number = performance.now.bind(performance)) {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { name, scopes } = c.var.caller;
    if (scopes.includes("edge")) return next();
    const now = nowMs();
    const bucket = buckets.get(name) ?? { left: perSecond, atMs: now };
    const left = Math.min(perSecond, bucket.left + ((now - bucket.atMs) / 1000) * perSecond);
    const allowed = left >= 1;
    buckets.delete(name);
    buckets.set(name, { left: allowed ? left - 1 : left, atMs: now });
    if (buckets.size > WATCHED_CALLERS_MAX) buckets.delete(buckets.keys().next().value ?? "");
    return allowed ? next() : problem(c, "too-many-requests");
  });
}

/** Refuses a body of more bytes, whether or not its length was announced. */
export function limitBody(bytes: number) {
  const limit = bodyLimit({ maxSize: bytes, onError: (c: Context) => problem(c, "body-too-large") });
  // What fails behind it is answered there: only its own reading can reject.
  return createMiddleware<ApiEnv>((c, next) => limit(c, next).catch(() => cutOff(c)));
}

/** Whoever sent the body went away within it. */
const cutOff = (c: Context) => problem(c, "bad-request", "the body was cut off");

/** Refuses a body whose objects and arrays lie too deep in each other. */
export const limitDepth = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.raw.body === null) return next();
  const text = await c.req.text().catch(() => undefined);
  if (text === undefined) return cutOff(c);
  const tooDeep = depthOf(text) > JSON_DEPTH_MAX;
  return tooDeep ? problem(c, "bad-request", `the body is nested deeper than ${JSON_DEPTH_MAX}`) : next();
});

/** How deep objects and arrays lie in each other, brackets in strings left out. */
export function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}
