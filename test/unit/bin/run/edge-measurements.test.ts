import { describe, expect, test } from "vitest";
import { EDGE_MEASUREMENTS, edgeMeasurer } from "../../../../bin/run/edge-measurements.ts";
import { quantile } from "../../../../bin/run/quantile.ts";
import { newCounters } from "../../../../edge-proxy/api-client/counters.ts";
import { newGuardCounters } from "../../../../edge-proxy/guard/counters.ts";
import { createEdgeMetrics } from "../../../../edge-proxy/observe/metrics/edge-metrics.ts";
import { counter, gauge } from "../../../../edge-proxy/observe/metrics/reading.ts";
import {
  guardReadings,
  loadReadings,
  routingReadings,
} from "../../../../edge-proxy/observe/metrics/readings.ts";
import { createStoreReadings } from "../../../../edge-proxy/observe/metrics/store-readings.ts";
import { liveSession } from "../../edge-proxy/observe/live.ts";

const values = (measured: ReturnType<ReturnType<typeof edgeMeasurer>>): Record<string, number> =>
  Object.fromEntries(Object.entries(measured).map(([name, { value }]) => [name, value]));

test("every metric is one that the edge has, with the labels that it is told apart by", () => {
  const metrics = createEdgeMetrics();
  const stores = createStoreReadings();
  const routes = { ...newCounters(), misses: 3, failures: 2 };
  const feed = { changes: 0, gaps: 0, feedReconnects: 0, ageSeconds: 17 };
  const live = liveSession();
  const use = { store: "store1", attempts: 4, waiting: 5, sessions: 6 };
  metrics.started(live.record);
  metrics.loggedIn(live.record, { routeMs: 1, connectMs: 1, tlsMs: undefined, authMs: 1, loginMs: 40 });
  metrics.loginFailed(live.record, { code: "unknown-user" });
  metrics.storeAsked("store1", "store-timeout", 9);
  metrics.storeAsked("store1", "store-refused", 9);
  const measured = edgeMeasurer()([
    ...metrics.read([live]),
    ...routingReadings({ main: { routes, feed, holds: { waiting: 0 } } }),
    ...guardReadings({ main: { ...newGuardCounters(), userLimit: 8 } }),
    ...stores([use], [{ store: "store1", host: "10.0.0.1", port: 143 }]),
    ...loadReadings({ relay: 10, login: 1 }, 0.25),
    gauge("mmp_edge_memory_bytes", "", [{ labels: {}, value: 12 }]),
    gauge("mmp_edge_open_files", "", [{ labels: {}, value: 13 }]),
    counter("mmp_edge_descriptors_exhausted_total", "", [{ labels: {}, value: 14 }]),
  ]);
  const { LoginP99: p99, ...rest } = values(measured);
  expect(p99).toBeCloseTo(0.05, 3);
  expect(rest).toEqual({
    Sessions: 1,
    Logins: 1,
    LoginFailures: 1,
    LimitedLogins: 8,
    StoreFaults: 1,
    StoreHostsFailing: 1,
    StoreLoginsWaiting: 5,
    RouteCacheMisses: 3,
    RouteLookupFailures: 2,
    FeedAge: 17,
    BytesFromClients: 3,
    BytesFromStores: 7,
    HeldBytes: 11,
    EventLoopDelay: 0.25,
    MemoryBytes: 12,
    OpenFiles: 13,
    DescriptorsExhausted: 14,
  });
  expect(Object.keys(measured)).toEqual(EDGE_MEASUREMENTS);
});

test("counters are told as how much they rose since the last time, and gauges as they are", () => {
  const measure = edgeMeasurer();
  const read = (logins: number, sessions: number) =>
    values(
      measure([
        counter("mmp_edge_logins_total", "", [
          { labels: { protocol: "imap" }, value: logins },
          { labels: { protocol: "pop3" }, value: 1 },
        ]),
        gauge("mmp_edge_sessions", "", [{ labels: {}, value: sessions }]),
      ]),
    );
  expect(read(4, 7)).toMatchObject({ Logins: 5, Sessions: 7 });
  expect(read(10, 3)).toMatchObject({ Logins: 6, Sessions: 3 });
  expect(read(10, 3)).toMatchObject({ Logins: 0, Sessions: 3 });
});

describe("a quantile of buckets", () => {
  const buckets = (...counts: number[]) =>
    counts.map((count, index) => ({ bound: [1, 2, 4, Number.NaN][index] ?? 0, count }));
  test.each([
    ["nothing", buckets(0, 0, 0, 0), undefined],
    ["no buckets", [], undefined],
    ["all in the first", buckets(100, 100, 100, 100), 0.99],
    ["evenly over two", buckets(50, 100, 100, 100), 1.98],
    ["in the middle", buckets(0, 0, 100, 100), 3.98],
    ["beyond the last bound", buckets(0, 0, 0, 100), 4],
  ])("%s", (_, given, expected) => {
    const found = quantile(0.99, given);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 6);
  });
});
