import { afterEach, describe, expect, test, vi } from "vitest";
import type { Change } from "../../../../../route-api/contract/changes.ts";
import {
  CHANGES_PER_ITEM,
  type ChangeFeed,
  FEED_RETENTION_SECONDS,
} from "../../../../../route-api/store/store.ts";
import { type StoreUnderTest, unique } from "./under-test.ts";

const change = (uuid = unique("c")): Change => ({
  kind: "route",
  uuid,
  account: `${uuid}@example.com`,
  names: [uuid],
});
const uuidOf = (each: Change): string => (each.kind === "route" ? each.uuid : each.kind);

/** Everything behind the cursor, page by page, and where it ends. */
async function readOn(
  feed: ChangeFeed,
  after: string,
  limit = 100,
): Promise<{ changes: Change[]; cursor: string }> {
  const changes: Change[] = [];
  let cursor = after;
  for (;;) {
    const page = await feed.changes(cursor, limit);
    expect(page.gap).toBe(false);
    cursor = page.cursor;
    if (page.changes.length === 0) return { changes, cursor };
    changes.push(...page.changes);
  }
}

/** The change feed: order, cursors, gaps, appenders at the same time. */
export function feedContract(get: () => StoreUnderTest): void {
  const end = async (): Promise<string> => (await get().store.changes(undefined, 1)).cursor;

  describe("change feed", () => {
    afterEach(() => vi.useRealTimers());

    test("without a cursor the answer is its end, with that cursor what came since, in order", async () => {
      const { store, other } = get();
      await store.append([change()]);
      const start = await store.changes(undefined, 100);
      expect(start).toEqual({ cursor: expect.any(String), gap: false, changes: [] });
      expect(start.cursor.length).toBeLessThanOrEqual(64);
      expect(await store.changes(start.cursor, 100)).toEqual(start);
      const told = [change(), change(), { kind: "all" } as const, change()];
      await store.append(told.slice(0, 2));
      await other.append(told.slice(2));
      expect((await readOn(other, start.cursor)).changes).toEqual(told);
      expect((await readOn(store, start.cursor)).changes).toEqual(told);
    });

    test("appending nothing is nothing", async () => {
      const { store } = get();
      const cursor = await end();
      await store.append([]);
      expect(await end()).toBe(cursor);
    });

    test("more changes than fit into an item come in their order, about as many at a time as asked for", async () => {
      const { store } = get();
      const cursor = await end();
      const told = Array.from({ length: 3 * CHANGES_PER_ITEM + 7 }, () => change());
      await store.append(told);
      expect((await readOn(store, cursor, 10)).changes).toEqual(told);
      const page = await store.changes(cursor, 10);
      expect(page.changes.length).toBeGreaterThanOrEqual(10);
      expect(page.changes.length).toBeLessThan(10 + CHANGES_PER_ITEM);
    });

    test("changes with many names are kept; one that is too large says that anything may have changed", async () => {
      const { store } = get();
      const cursor = await end();
      const names = (count: number) =>
        Array.from({ length: count }, (_, index) => `${index}`.padEnd(250, "x"));
      const told = [
        change(),
        { ...change(), names: names(600) },
        { ...change(), names: names(600) },
        change(),
      ];
      await store.append([...told, { ...change(), names: names(2000) }, change("last")]);
      const { changes } = await readOn(store, cursor);
      expect(changes.slice(0, 4)).toEqual(told);
      expect(changes.slice(4)).toEqual([{ kind: "all" }, change("last")]);
    });

    test.each([
      "garbage",
      "0",
      "0.x",
      "-1.x",
      "1.00000000-0000-0000-0000-000000000000",
      "999999999999999.00000000-0000-0000-0000-000000000000",
      "9999999999999999999999999.x",
      "0.99999999999999",
      "0.0",
      "",
      "' or 1=1",
    ])("the cursor %j is a gap, with the end to go on from", async (cursor) => {
      const { store } = get();
      await store.append([change()]);
      const answer = await store.changes(cursor, 10);
      expect(answer).toEqual({ cursor: await end(), gap: true, changes: [] });
      const next = change();
      await store.append([next]);
      expect((await readOn(store, answer.cursor)).changes).toEqual([next]);
    });

    test("a cursor that the feed no longer reaches back to is a gap", async () => {
      const { store } = get();
      await store.append([change()]);
      const cursor = await end();
      await store.append([change()]);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + (FEED_RETENTION_SECONDS - 60) * 1000 });
      expect((await store.changes(cursor, 10)).changes).toHaveLength(1);
      vi.setSystemTime(Date.now() + 120_000);
      expect(await store.changes(cursor, 10)).toMatchObject({ gap: true, changes: [] });
      await store.append([change()]);
      const fresh = await end();
      await store.append([change("after")]);
      expect((await readOn(store, fresh)).changes).toEqual([change("after")]);
    });

    test("who follows a feed that is quiet for days has no gap, who comes back too late has one", async () => {
      const { store } = get();
      await store.append([change()]);
      const first = await end();
      let cursor = first;
      for (let hours = 0; hours < 72; hours += 12) {
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 12 * 3_600_000 });
        const answer = await store.changes(cursor, 10);
        expect(answer).toEqual({ cursor: expect.any(String), gap: false, changes: [] });
        cursor = answer.cursor;
      }
      expect(cursor.length).toBeLessThanOrEqual(64);
      expect(await store.changes(first, 10)).toMatchObject({ gap: true, changes: [] });
      expect(await store.changes(await end(), 10)).toMatchObject({ gap: false, changes: [] });
      await store.append([change("after")]);
      expect((await readOn(store, cursor)).changes).toEqual([change("after")]);
      expect(await store.changes(`${first}.9999999999`, 10)).toMatchObject({ gap: true });
      vi.setSystemTime(Date.now() + (FEED_RETENTION_SECONDS + 60) * 1000);
      expect(await store.changes(cursor, 10)).toMatchObject({ gap: true, changes: [] });
    });

    test("of appenders at the same time nothing is lost, and who follows sees each change once, in order", async () => {
      const { store, other } = get();
      const cursor = await end();
      const series = Array.from({ length: 6 }, () => Array.from({ length: 8 }, () => change()));
      let ended = false;
      const append = Promise.all(
        series.map(async (told, index) => {
          for (const each of told) await (index % 2 === 0 ? store : other).append([each]);
        }),
      ).finally(() => {
        ended = true;
      });
      const follow = async (feed: ChangeFeed): Promise<string[]> => {
        const seen: string[] = [];
        let at = cursor;
        for (;;) {
          const last = ended;
          const { changes, cursor: next } = await readOn(feed, at, 3);
          seen.push(...changes.map(uuidOf));
          at = next;
          if (last) return seen;
          await new Promise(setImmediate);
        }
      };
      const [, ...seen] = await Promise.all([append, follow(store), follow(other)]);
      for (const uuids of seen) {
        expect(uuids).toEqual(seen[0]);
        expect([...uuids].sort()).toEqual(series.flat().map(uuidOf).sort());
        for (const told of series) {
          const own = new Set(told.map(uuidOf));
          expect(uuids.filter((uuid) => own.has(uuid))).toEqual(told.map(uuidOf));
        }
      }
    });
  });
}
