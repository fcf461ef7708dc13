import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { feed, SIMULATIONS, withPart } from "../capacity/pages.ts";
import { LOOKS_PER_SECOND } from "../capacity/unit-costs.ts";
import { simulateFeed } from "./feed.ts";

/** A simulation computes for some seconds, on a busy machine for minutes; in milliseconds. */
const LONG_MS = 600_000;

test("1,000 edges at 50 route APIs hear of every change within a tenth of a second, and a partition serves it", {
  timeout: LONG_MS,
}, async () => {
  const [, busy] = SIMULATIONS;
  if (busy === undefined) throw new Error("there is no simulation");
  const { changes, heard, maxMs, unitsPerSecond } = await simulateFeed(busy);
  expect(heard).toBe(changes * busy.edges);
  expect(maxMs).toBeLessThan(100);
  // Each API looks, and reads each change once; however many edges there are.
  const most = busy.routeApis * (LOOKS_PER_SECOND + changes / busy.seconds);
  expect(unitsPerSecond).toBeLessThanOrEqual(most);
  expect(unitsPerSecond).toBeGreaterThan(most / 2);
});

test("docs/capacity.md has what the simulation gives; `npm run capacity` writes it anew", {
  timeout: LONG_MS,
}, async () => {
  const page = readFileSync(new URL("../../docs/capacity.md", import.meta.url), "utf8");
  expect(page).toBe(withPart(page, "feed", await feed()));
});
