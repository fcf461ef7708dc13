import { expect, test } from "vitest";
import { simulateRecovery } from "./recovery.ts";

test("when the route API comes back, edges ask it for no more than what users wait for", () => {
  const [beforeSeconds, outageSeconds] = [20, 90];
  const { asked, failed, followedSeconds } = simulateRecovery({
    edges: 40,
    logins: 40,
    regulars: 400,
    newShare: 0.01,
    beforeSeconds,
    outageSeconds,
    afterSeconds: 10,
  });
  const perSecond = (counts: readonly number[], second: number): number =>
    counts.slice(second * 10, second * 10 + 10).reduce((sum, each) => sum + each, 0);
  const back = beforeSeconds + outageSeconds;
  const first = [0, 1, 2, 3, 4].map((after) => back + after);
  const usual =
    (perSecond(asked["look-up"], back - outageSeconds - 2) +
      perSecond(asked["look-up"], back - outageSeconds - 3)) /
    2;

  // Users whom an edge knows log in all the time; the others try again and again.
  expect(failed.known).toBe(0);
  expect(failed.others).toBeGreaterThan(1000);
  for (const second of first) {
    expect(perSecond(asked["look-up"], second)).toBeLessThan(8 * usual);
    expect(perSecond(asked.poll, second)).toBeLessThanOrEqual(40);
    expect(perSecond(asked.connection, second)).toBeLessThanOrEqual(40);
  }
  expect(followedSeconds).toBeLessThan(6);
});
