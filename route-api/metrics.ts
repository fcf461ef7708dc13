import type { MiddlewareHandler } from "hono";
import { routePath as matchedPath } from "hono/route";
import { Counter, Histogram, Registry } from "prom-client";

/** Bounds of the duration histogram, in seconds. */
const DURATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

export interface ApiMetrics {
  /** Counts and times requests by the route's pattern, never by the path itself. */
  middleware: MiddlewareHandler;
  /** Everything in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** The metrics of one route API, in a registry of their own. */
export function createApiMetrics(): ApiMetrics {
  const registry = new Registry();
  const labelNames = ["route", "status"] as const;
  const requests = new Counter({
    name: "mmp_api_requests_total",
    help: "Requests by route and status.",
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: "mmp_api_request_seconds",
    help: "Time to answer, by route.",
    labelNames: ["route"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  return {
    async middleware(c, next) {
      const startedMs = performance.now();
      await next();
      const route = matchedPath(c, -1);
      requests.inc({ route, status: c.res.status });
      durations.observe({ route }, (performance.now() - startedMs) / 1000);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
