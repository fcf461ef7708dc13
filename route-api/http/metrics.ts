import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RouteStore } from "../store/store.ts";
import type { FeedTail } from "./resources/changes/feed-tail.ts";

/** Bounds of the duration histogram, in seconds. */
const DURATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60];

/** Any other method is counted as "other": Deno's server accepts any word, and each label value is kept for good. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export interface ApiMetrics {
  /** Counts and times a request by its route pattern, never by its path. */
  request(route: string, method: string, status: number, seconds: number): void;
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** The metrics of one route API, in their own registry. */
export function createApiMetrics(
  store: Pick<RouteStore, "usage">,
  tail: Pick<FeedTail<unknown>, "waiting" | "ageSeconds">,
  droppedLogLines: () => number,
): ApiMetrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const requests = new Counter({
    name: "mmp_api_requests_total",
    help: "Requests, by route, method and status.",
    labelNames: ["route", "method", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "mmp_api_request_seconds",
    help: "Response time, by route; for /v1/changes most of it is waiting.",
    labelNames: ["route"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const counted = [
    [
      "mmp_store_read_units_total",
      "Read capacity units consumed in the route store.",
      () => store.usage.readUnits,
    ],
    [
      "mmp_store_write_units_total",
      "Write capacity units consumed in the route store.",
      () => store.usage.writeUnits,
    ],
    [
      "mmp_store_throttled_total",
      "Requests to the route store that were throttled.",
      () => store.usage.throttled,
    ],
    ["mmp_log_lines_dropped_total", "Log lines dropped because they could not be written.", droppedLogLines],
  ] as const;
  for (const [name, help, value] of counted) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }
  const gauges = [
    ["mmp_api_changes_waiting", "Edges waiting for changes.", () => tail.waiting],
    ["mmp_api_feed_age_seconds", "Seconds since the change feed was last read to its end.", tail.ageSeconds],
  ] as const;
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
  return {
    request(route, method, status, seconds) {
      requests.inc({ route, method: METHODS.includes(method) ? method : "other", status });
      durations.observe({ route }, seconds);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
