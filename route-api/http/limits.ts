import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { problem } from "./problem.ts";
import type { ApiEnv } from "./request-context.ts";

/** Deepest nesting of objects and arrays in a body: JSON and schema parsers are recursive. */
const JSON_DEPTH_MAX = 32;
/** Callers whose rate is tracked; the least recently active is forgotten first. */
const WATCHED_CALLERS_MAX = 10_000;

/** Admits a limited number at once. */
export interface Gate {
  /** Takes a slot and returns a function that frees it; undefined if none is free. */
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

/** As many concurrent requests as the gate admits, except for the path `apart`, whose requests are counted separately. */
export function limitConcurrency(gate: Gate, apart: string) {
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

/** Whether a caller may do something once more now: each has a token bucket, which `burst` fills and `perSecond` refills. */
export function createRate(
  perSecond: number,
  burst: number,
  nowMs: () => number = performance.now.bind(performance),
): (name: string) => boolean {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return (name) => {
    const now = nowMs();
    const bucket = buckets.get(name) ?? { left: burst, atMs: now };
    const left = Math.min(burst, bucket.left + ((now - bucket.atMs) / 1000) * perSecond);
    const allowed = left >= 1;
    buckets.delete(name);
    buckets.set(name, { left: allowed ? left - 1 : left, atMs: now });
    if (buckets.size > WATCHED_CALLERS_MAX) buckets.delete(buckets.keys().next().value ?? "");
    return allowed;
  };
}

/** At most this many requests per second for each caller other than an edge, with bursts of the same size. */
export function limitRate(perSecond: number, nowMs?: () => number) {
  const allows = createRate(perSecond, perSecond, nowMs);
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { name, scopes } = c.get("caller");
    return scopes.includes("edge") || allows(name) ? next() : problem(c, "too-many-requests");
  });
}

/** Rejects larger bodies, whether or not they have a Content-Length. */
export function limitBody(bytes: number) {
  const limit = bodyLimit({ maxSize: bytes, onError: (c: Context) => problem(c, "body-too-large") });
  // Failures of later handlers are handled there: only reading the body itself can reject here.
  return createMiddleware<ApiEnv>((c, next) => limit(c, next).catch(() => incomplete(c)));
}

/** The sender disconnected before the end of the body. */
const incomplete = (c: Context) => problem(c, "bad-request", "the body is incomplete");

/** Rejects a body whose objects and arrays are nested too deeply. */
export const limitDepth = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.raw.body === null) return next();
  const text = await c.req.text().catch(() => undefined);
  if (text === undefined) return incomplete(c);
  const tooDeep = depthOf(text) > JSON_DEPTH_MAX;
  return tooDeep
    ? problem(c, "bad-request", `the body is nested deeper than ${JSON_DEPTH_MAX} levels`)
    : next();
});

/** Nesting depth of objects and arrays; brackets in strings do not count. */
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
