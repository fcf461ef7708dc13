import { expect, test } from "vitest";
import { DepartedCounters } from "../../../../bin/workers/departed-counters.ts";
import { LabelledHistogram } from "../../../../edge-proxy/observe/metrics/instruments.ts";
import { counter, gauge, histogram } from "../../../../edge-proxy/observe/metrics/reading.ts";

function readings(logins: number, protocol: string, seconds: number) {
  const steps = new LabelledHistogram([], [1]);
  steps.observe([], seconds);
  return [
    counter("logins_total", "Logins.", [{ labels: { protocol }, value: logins }]),
    gauge("sessions", "Sessions.", [{ labels: {}, value: 7 }]),
    histogram("login_seconds", "Time.", (name) => steps.read(name)),
  ];
}

test("what workers have counted stays when they are gone, and what they had does not", () => {
  const departed = new DepartedCounters();
  departed.add(readings(2, "imap", 0.5));
  departed.add(readings(3, "imap", 4));
  departed.add(readings(5, "pop3", 4));
  expect(departed.read()).toMatchObject([
    {
      name: "logins_total",
      type: "counter",
      values: [
        { labels: { protocol: "imap" }, value: 5 },
        { labels: { protocol: "pop3" }, value: 5 },
      ],
    },
    {
      name: "login_seconds",
      values: [
        { metricName: "login_seconds_bucket", labels: { le: 1 }, value: 1 },
        { metricName: "login_seconds_bucket", labels: { le: "+Inf" }, value: 3 },
        { metricName: "login_seconds_sum", value: 8.5 },
        { metricName: "login_seconds_count", value: 3 },
      ],
    },
  ]);
  expect(departed.read()).toHaveLength(2);
});

test("what was read is not changed by workers that end later", () => {
  const departed = new DepartedCounters();
  departed.add(readings(2, "imap", 0.5));
  const before = departed.read();
  departed.add(readings(3, "imap", 0.5));
  expect(before[0]?.values).toEqual([{ labels: { protocol: "imap" }, value: 2 }]);
});
