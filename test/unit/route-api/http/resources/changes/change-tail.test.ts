import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createChangeTail } from "../../../../../../route-api/http/resources/changes/change-tail.ts";
import { type TestApi, testApi } from "../../support.ts";
import { change, countReads, interceptReads } from "./support.ts";

const never = new AbortController().signal;

describe("the tail of the change feed", () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  afterEach(() => api.close());

  /** A tail with a clock of its own, which knows of the last seconds. */
  const settledTail = async () => {
    let now = performance.now();
    const pass = (ms: number): void => {
      now += ms;
    };
    const clock = createChangeTail({
      feed: api.store.changes,
      pollMs: api.store.pollMs.changes,
      nowMs: () => now,
    });
    clock.consistencyFor("a");
    await expect.poll(() => clock.ageSeconds()).toBe(0);
    pass(6000);
    await expect.poll(() => clock.consistencyFor("a")).toBe("eventual");
    return { clock, pass };
  };

  test("look-ups are consistent where a change may be younger than what the tail knows", async () => {
    // At the start nothing is known of the last seconds.
    expect(api.tail.consistencyFor("a")).toBe("consistent");
    const { clock, pass } = await settledTail();
    try {
      const { cursor } = await clock.end();
      const wait = clock.after(cursor, 20_000, never);
      await api.store.changes.append([change("a")]);
      await wait;
      expect(clock.consistencyFor("a")).toBe("consistent");
      expect(clock.consistencyFor("b")).toBe("eventual");
      // A tail that has not read for a moment knows nothing.
      pass(1000);
      expect(clock.consistencyFor("b")).toBe("consistent");
      pass(11_000);
      await expect.poll(() => clock.consistencyFor("a")).toBe("eventual");
    } finally {
      clock.close();
    }
  });

  test("a read that took long says nothing of what came meanwhile", async () => {
    let slow = false;
    const { clock, pass } = await settledTail();
    try {
      interceptReads(api.store, async (read) => {
        const answer = await read();
        pass(2000);
        slow = true;
        return answer;
      });
      await expect.poll(() => slow).toBe(true);
      expect(clock.consistencyFor("a")).toBe("consistent");
    } finally {
      clock.close();
    }
  });

  test("while nobody needs it the feed is not read", async () => {
    let now = performance.now();
    const reads = countReads(api.store);
    const clock = createChangeTail({
      feed: api.store.changes,
      pollMs: api.store.pollMs.changes,
      nowMs: () => now,
    });
    clock.consistencyFor("a");
    await expect.poll(() => reads.count).toBeGreaterThan(1);
    now += 60_000;
    let last = -1;
    await expect
      .poll(
        () => {
          const same = reads.count === last;
          last = reads.count;
          return same;
        },
        { interval: 10 * api.store.pollMs.changes },
      )
      .toBe(true);
    clock.consistencyFor("a");
    await expect.poll(() => reads.count).toBeGreaterThan(last);
    clock.close();
  });
});
