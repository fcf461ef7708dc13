import { afterAll, beforeAll, expect, test } from "vitest";
import { type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";
import { sessionStorm } from "./storm/session-storm.ts";

let site: SupportSite;
beforeAll(async () => {
  // Each page waits so long for an edge that was killed and does not count as silent yet.
  site = await supportSite({ limits: { questionMs: 1500 } });
});
afterAll(() => site?.remove());

/** Makes the last report of an edge as old as it would be minutes later. */
const age = (edge: string): Promise<void> =>
  eventuallyAsync(async () => {
    const report = (await site.store.lists.read("EDGES")).find(({ key }) => key === edge);
    if (report === undefined) return undefined;
    await site.store.lists.put("EDGES", edge, { ...(report.value as object), seenMs: 0 }, 300);
    return true;
  }, "a report of the edge that was killed").then(() => undefined);

test("lists and counts stay true through a storm of short sessions and the death of an edge", async () => {
  const { storm, walks, staying, held, over } = await sessionStorm({
    site,
    sessions: 2000,
    perSecond: 500,
    untilSilent: age,
  });
  expect(storm.opened).toBe(2000);
  expect(storm.cutOff).toBeLessThan(250);
  expect(Math.max(...walks.map(({ pages }) => pages))).toBeGreaterThan(1);
  for (const walk of walks) expect(walk).toMatchObject({ twice: [], unsorted: [], missing: [] });

  expect(Object.values(held.own.edges).reduce((sum, each) => sum + each)).toBe(staying);
  expect(Object.values(held.own.stores)).toEqual([9, 9]);
  expect(held).toEqual({ own: held.own, listed: held.own, totals: held.own, reported: held.own });

  expect(new Set([...Object.values(over.own.edges), ...Object.values(over.own.stores)])).toEqual(
    new Set([0]),
  );
  expect(over).toEqual({ own: over.own, listed: over.own, totals: over.own, reported: over.own });
});
