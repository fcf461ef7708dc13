import { AggregatorRegistry } from "prom-client";
import { describe, expect, test } from "vitest";
import { LabelledCounter, LabelledHistogram } from "../../../../../edge-proxy/observe/metrics/instruments.ts";
import { counter, gauge, histogram } from "../../../../../edge-proxy/observe/metrics/reading.ts";

const text = (...processes: Parameters<typeof AggregatorRegistry.aggregate>[0][]): Promise<string> =>
  AggregatorRegistry.aggregate(processes.flat()).metrics();

describe("a counter", () => {
  test("has a number for each combination of label values", () => {
    const logins = new LabelledCounter(["instance", "protocol"]);
    logins.add(["main", "imap"]);
    logins.add(["main", "imap"], 2);
    logins.add(["main", "pop3"]);
    expect(logins.read()).toEqual([
      { labels: { instance: "main", protocol: "imap" }, value: 3 },
      { labels: { instance: "main", protocol: "pop3" }, value: 1 },
    ]);
  });

  test("counts what goes beyond its bound as one, and loses nothing", () => {
    const stores = new LabelledCounter(["store"]);
    for (let at = 0; at < 5000; at++) stores.add([`store${at}`]);
    const values = stores.read();
    expect(values.length).toBe(2001);
    expect(values.at(-1)).toEqual({ labels: { store: "other" }, value: 3000 });
    expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(5000);
  });
});

describe("a histogram", () => {
  test("counts a value in each bucket that it fits, its bound included", () => {
    const steps = new LabelledHistogram(["step"], [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 2]) steps.observe(["auth"], value);
    const read = Object.fromEntries(
      steps.read("s").map(({ metricName, labels, value }) => [`${metricName} ${labels.le ?? ""}`, value]),
    );
    expect(read).toEqual({
      "s_bucket 0.1": 2,
      "s_bucket 1": 3,
      "s_bucket +Inf": 4,
      "s_sum ": 2.65,
      "s_count ": 4,
    });
  });
});

test("several processes are added up, but for what is a maximum", async () => {
  const process = (logins: number, delay: number, seconds: number) => {
    const steps = new LabelledHistogram([], [1]);
    steps.observe([], seconds);
    return [
      counter("logins_total", "Logins.", [{ labels: { instance: "main" }, value: logins }]),
      gauge("delay_seconds", "Delay.", [{ labels: {}, value: delay }], "max"),
      histogram("login_seconds", "Time.", (name) => steps.read(name)),
    ];
  };
  expect(await text([process(2, 0.5, 0.5), process(3, 0.25, 4)])).toBe(`# HELP logins_total Logins.
# TYPE logins_total counter
logins_total{instance="main"} 5

# HELP delay_seconds Delay.
# TYPE delay_seconds gauge
delay_seconds 0.5

# HELP login_seconds Time.
# TYPE login_seconds histogram
login_seconds_bucket{le="1"} 1
login_seconds_bucket{le="+Inf"} 2
login_seconds_sum 4.5
login_seconds_count 2
`);
});
