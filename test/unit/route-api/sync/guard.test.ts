import { describe, expect, test } from "vitest";
import { GUARD_WINDOW_MS, removalGuard } from "../../../../route-api/sync/guard.ts";

describe("the guard", () => {
  test.each([
    [{ maxRemovedShare: 0.1, maxRemovedEntries: 20 }, 1000, 100],
    [{ maxRemovedShare: 0.1, maxRemovedEntries: 20 }, 50, 20],
    [{ maxRemovedShare: 0, maxRemovedEntries: 1 }, 1000, 1],
    [{ maxRemovedShare: 1, maxRemovedEntries: 1 }, 1000, 1000],
  ])("%j lets of %i entries %i go", (limits, of, allowance) => {
    expect(removalGuard(limits, []).allowance(of)).toBe(allowance);
  });

  test("counts together what goes within its window, and forgets it behind that", () => {
    let now = 0;
    const guard = removalGuard({ maxRemovedShare: 0.1, maxRemovedEntries: 1 }, [], () => now);
    expect(guard.allowance(1000)).toBe(100);
    guard.record(60);
    now += GUARD_WINDOW_MS / 2;
    // 60 of the first 1,000 are gone: a tenth of the thousand, less the sixty.
    expect(guard.allowance(940)).toBe(40);
    guard.record(40);
    expect(guard.allowance(900)).toBe(0);
    now += GUARD_WINDOW_MS / 2;
    expect(guard.allowance(900)).toBe(54);
    guard.reset();
    expect(guard.allowance(900)).toBe(90);
  });
});
