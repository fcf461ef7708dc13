import { describe, expect, test } from "vitest";
import type { Sample } from "../../bench/measure.ts";
import { figureTable, median, medians, ratioTable } from "../../bench/report.ts";
import { judge } from "../../bench/targets.ts";

const sample = (proxy: string, mode: Sample["mode"], figure: number, details = {}): Sample => ({
  proxy,
  mode,
  figure,
  details,
});

test.each([
  [[], undefined],
  [[3], 3],
  [[9, 1], 5],
  [[9, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])("median of %j is %j", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("medians are of one proxy in one mode", () => {
  const figureOf = medians([
    sample("nginx", "churn-tls", 1000),
    sample("nginx", "churn-tls", 1200),
    sample("nginx", "churn-tls", 5000),
    sample("nginx", "churn-plain", 7),
    sample("edge", "churn-tls", 8),
  ]);
  expect(figureOf("nginx", "churn-tls")).toBe(1200);
  expect(figureOf("edge", "churn-plain")).toBeUndefined();
});

describe("tables", () => {
  test("figures: the digits of each mode, the spread, and a dash for what was not measured", () => {
    const samples = [
      sample("edge", "idle-tls", 5.52, { noopP99Us: 120.4, baseKiB: 51_300 }),
      sample("nginx", "churn-tls", 1000.4),
      sample("nginx", "churn-tls", 1200.6),
      sample("nginx", "churn-tls", 1100),
      sample("edge", "churn-tls", 600),
    ];
    expect(figureTable(["nginx", "edge"], samples)).toBe(
      `
|                                                              |            nginx | edge |
| ------------------------------------------------------------ | ---------------: | ---: |
| CPU a TLS login, µs                                          | 1100 (1000–1201) |  600 |
| memory of an idle TLS session, KiB                           |                – |  5.5 |
| memory without these TLS sessions, after as many logins, MiB |                – |   50 |
| NOOP beside these TLS sessions, p99, µs                      |                – |  120 |
`.trim(),
    );
  });

  test("ratios: must, aim and whether they hold", () => {
    const samples = [
      sample("nginx", "churn-tls", 1000),
      sample("edge", "churn-tls", 700),
      sample("edge-nocache", "churn-tls", 800),
      sample("nginx-16k", "bulk-tls", 2),
      sample("edge", "bulk-tls", 3),
      sample("haproxy", "idle-tls", 16),
      sample("edge", "idle-tls", 5),
    ];
    expect(ratioTable(judge(medians(samples)))).toBe(
      `
|                                                   | edge | edge without route cache |   must |    aim |        holds |
| ------------------------------------------------- | ---: | -----------------------: | -----: | -----: | -----------: |
| CPU a plain login ÷ nginx mail                    |    – |                        – |    ≤ 1 |  ≤ 0.8 | not measured |
| CPU a plain login after a start ÷ nginx mail      |    – |                        – |    ≤ 1 |  ≤ 0.8 | not measured |
| CPU a TLS login ÷ nginx mail                      | 0.70 |                     0.80 |  ≤ 0.7 |  ≤ 0.6 |         must |
| CPU a resumed TLS login ÷ nginx mail              |    – |                        – | ≤ 0.75 | ≤ 0.65 | not measured |
| CPU a GiB over TLS ÷ nginx mail with a 16k buffer | 1.50 |                        – |  ≤ 0.6 |  ≤ 0.5 |           no |
| CPU a GiB, plain ÷ nginx mail with a 16k buffer   |    – |                        – |    ≤ 1 |  ≤ 0.9 | not measured |
| memory of an idle TLS session ÷ HAProxy           | 0.31 |                        – | ≤ 0.45 | ≤ 0.35 | must and aim |
| NOOP beside idle TLS sessions, p99 ÷ HAProxy      |    – |                        – |    ≤ 1 |  ≤ 0.9 | not measured |
`.trim(),
    );
  });
});
