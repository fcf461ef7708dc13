import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { newCounters } from "../../../edge-proxy/api-client/counters.ts";
import { newGuardCounters } from "../../../edge-proxy/guard/counters.ts";
import { createEdgeMetrics } from "../../../edge-proxy/observe/metrics/edge-metrics.ts";
import {
  entriesReading,
  guardReadings,
  historyReadings,
  loadReadings,
  routingReadings,
} from "../../../edge-proxy/observe/metrics/readings.ts";
import { createStoreReadings } from "../../../edge-proxy/observe/metrics/store-readings.ts";
import { createApiMetrics } from "../../../route-api/http/metrics.ts";

const FOLDER = new URL("../../../docs/", import.meta.url);
const page = readFileSync(new URL("metrics.md", FOLDER), "utf8");
const dashboard = JSON.parse(readFileSync(new URL("monitoring/grafana.json", FOLDER), "utf8")) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const alerts = parse(readFileSync(new URL("monitoring/alerts.yaml", FOLDER), "utf8")) as {
  groups: { rules: { alert: string; expr: string }[] }[];
};

const feed = { changes: 0, gaps: 0, feedReconnects: 0, ageSeconds: 0 };
const ofEdge = [
  ...createEdgeMetrics().read([]),
  ...routingReadings({ main: { routes: newCounters(), feed, holds: { waiting: 0 } } }),
  ...guardReadings({ main: newGuardCounters() }),
  ...historyReadings({ accepted: 0, dropped: 0 }),
  ...createStoreReadings()([], []),
  ...loadReadings({ relay: 0, login: 0 }, 0),
  entriesReading({}),
];
const ofProcess = [
  ...readFileSync(new URL("../bin/run/edge-readings.ts", FOLDER), "utf8").matchAll(/"(mmp_\w+)"/g),
];
const edgeNames = [...ofEdge.map(({ name }) => name), ...ofProcess.map(([, name = ""]) => name)];

async function apiNames(): Promise<string[]> {
  const usage = { readUnits: 0, writeUnits: 0, throttled: 0 };
  const metrics = createApiMetrics({ usage }, { waiting: 0, ageSeconds: () => 0 }, () => 0);
  return [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
}

const named = (text: string): string[] =>
  [...text.matchAll(/\bmmp_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ""));

describe("metrics", () => {
  test.each(edgeNames)("%s is explained", (name) => {
    expect(page).toContain(`\`${name}\``);
  });

  const asked = [
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
    ["the page", page] as const,
  ];
  test.each(asked)("%s asks for metrics that there are", async (_, expression) => {
    const known = [...edgeNames, ...(await apiNames())];
    const names = named(expression);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });
});
