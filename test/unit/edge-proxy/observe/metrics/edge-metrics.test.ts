import { AggregatorRegistry } from "prom-client";
import { describe, expect, test } from "vitest";
import { createEdgeMetrics } from "../../../../../edge-proxy/observe/metrics/edge-metrics.ts";
import type { MetricReading } from "../../../../../edge-proxy/observe/metrics/reading.ts";
import { createStoreReadings } from "../../../../../edge-proxy/observe/metrics/store-readings.ts";
import { liveSession } from "../live.ts";

const valuesOf = (readings: readonly MetricReading[], name: string): Record<string, number> =>
  Object.fromEntries(
    (readings.find((reading) => reading.name === name)?.values ?? []).map(({ labels, value }) => [
      Object.values(labels).join(" "),
      value,
    ]),
  );

describe("metrics of sessions", () => {
  test("bytes of live sessions are counted as they flow, and once when they end", () => {
    const metrics = createEdgeMetrics();
    const session = liveSession();
    const bytes = (live: readonly (typeof session)[]) => valuesOf(metrics.read(live), "mmp_edge_bytes_total");
    expect(bytes([session])).toEqual({ "main imap client": 3, "main imap store": 7 });
    expect(bytes([session])).toEqual({ "main imap client": 3, "main imap store": 7 });
    metrics.ended({ ...session.record, bytesFromClient: 4, bytesFromStore: 9 }, "client-closed");
    expect(bytes([])).toEqual({ "main imap client": 4, "main imap store": 9 });
    expect(bytes([session])).toEqual({ "main imap client": 7, "main imap store": 16 });
  });

  test("live sessions are counted by their TLS version, and go back to zero", () => {
    const metrics = createEdgeMetrics();
    const live = [
      liveSession(),
      liveSession({ tls: "TLSv1.3" }),
      liveSession({ tls: "TLSv1.3" }),
      liveSession({ protocol: "pop3" }),
    ];
    const counted = (sessions: typeof live) => valuesOf(metrics.read(sessions), "mmp_edge_sessions");
    expect(counted(live)).toEqual({ "main imap none": 1, "main imap TLSv1.3": 2, "main pop3 none": 1 });
    expect(counted([])).toEqual({ "main imap none": 0, "main imap TLSv1.3": 0, "main pop3 none": 0 });
  });
});

describe("metrics of stores", () => {
  const use = { store: "store1", attempts: 2, waiting: 1, sessions: 5 };
  const host = { store: "store1", host: "2001:db8::1", port: 993 };

  test("go back to zero", () => {
    const read = createStoreReadings();
    expect(valuesOf(read([use], []), "mmp_edge_store_sessions")).toEqual({ store1: 5 });
    const failing = "mmp_edge_store_host_failing";
    expect(valuesOf(read([], [host]), failing)).toEqual({ "store1 [2001:db8::1]:993": 1 });
    const after = read([], []);
    expect(valuesOf(after, "mmp_edge_store_sessions")).toEqual({ store1: 0 });
    expect(valuesOf(after, "mmp_edge_store_logins")).toEqual({ store1: 0 });
    expect(valuesOf(after, "mmp_edge_store_logins_waiting")).toEqual({ store1: 0 });
    expect(valuesOf(after, failing)).toEqual({ "store1 [2001:db8::1]:993": 0 });
  });
});

describe("labels that others choose", () => {
  /** Series of all metrics together, and characters of the text, that the worst of them may make. */
  const SERIES_MAX = 60_000;
  const TEXT_MAX = 20_000_000;
  const HOSTILE = ['store"} 1\nfake_total 5', "a\\", "x".repeat(100_000), "störe\u202e", "__proto__", ""];

  test("many and strange ones neither fill the memory nor make samples of their own", async () => {
    const metrics = createEdgeMetrics();
    const stores = createStoreReadings();
    const names = [...HOSTILE, ...Array.from({ length: 10_000 }, (_, at) => `store${at}.example.com`)];
    const uses = names.map((store) => ({ store, attempts: 1, waiting: 0, sessions: 1 }));
    const hosts = names.map((store) => ({ store, host: store, port: 143 }));
    for (const store of names) {
      metrics.storeAsked(store, "store-connect", 5);
      const record = liveSession({ login: `${store}@example.com`, clientAddress: store, store }).record;
      metrics.started(record);
      metrics.loginFailed(record, { code: "unknown-user", login: store, store });
      metrics.ended(record, "client-closed");
    }
    const readings = [...metrics.read([]), ...stores(uses, hosts)];
    const series = readings.reduce((sum, { values }) => sum + values.length, 0);
    expect(series).toBeLessThan(SERIES_MAX);
    const text = await AggregatorRegistry.aggregate([readings]).metrics();
    expect(text.length).toBeLessThan(TEXT_MAX);
    expect(text).not.toMatch(/^fake_total/m);
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const odd = lines.filter(
      (line) => !/^mmp_\w+(\{(\w+="([^"\\\n]|\\[\\n"])*",?)*\})? [\d.e+-]+$/.test(line),
    );
    expect(odd).toEqual([]);
    expect(lines).toHaveLength(series);
    const sessions = Object.values(valuesOf(readings, "mmp_edge_store_sessions"));
    expect(sessions.length).toBeLessThanOrEqual(2001);
    expect(sessions.reduce((sum, value) => sum + value, 0)).toBe(names.length);
    expect(valuesOf(readings, "mmp_edge_sessions_total")).toEqual({ "main imap": names.length });
  });
});
