import { afterEach, describe, expect, test, vi } from "vitest";
import type { Change } from "../../../../../route-api/contract/changes.ts";
import type { Question } from "../../../../../route-api/contract/questions.ts";
import { CHANGES, type Lane, QUESTIONS } from "../../../../../route-api/store/lanes.ts";
import { type Feed, ITEMS_PER_RECORD, type RouteStore } from "../../../../../route-api/store/store.ts";
import { type StoreUnderTest, unique } from "./under-test.ts";

/** One of the feeds, and what it carries. */
interface LaneUnderTest<T> {
  name: string;
  lane: Lane<T>;
  of(store: RouteStore): Feed<T>;
  item(id?: string): T;
  idOf(item: T): string;
}

const change = (uuid = unique("c")): Change & { kind: "route" } => ({
  kind: "route",
  uuid,
  account: `${uuid}@example.com`,
  names: [uuid],
});
const changes: LaneUnderTest<Change> = {
  name: "change feed",
  lane: CHANGES,
  of: (store) => store.changes,
  item: change,
  idOf: (each) => (each.kind === "route" ? each.uuid : each.kind),
};
const questions: LaneUnderTest<Question> = {
  name: "feed of questions",
  lane: QUESTIONS,
  of: (store) => store.questions,
  item: (id = unique("q")) => ({ id, ask: "kick", selection: { account: "alice@example.com" }, ttlMs: 1000 }),
  idOf: ({ id }) => id,
};

/** Everything after the cursor, page by page, and where it ends. */
async function readOn<T>(feed: Feed<T>, after: string, limit = 100): Promise<{ items: T[]; cursor: string }> {
  const items: T[] = [];
  let cursor = after;
  for (;;) {
    const page = await feed.after(cursor, limit);
    expect(page.gap).toBe(false);
    cursor = page.cursor;
    if (page.items.length === 0) return { items, cursor };
    items.push(...page.items);
  }
}

/** Both feeds: order, cursors, gaps, appenders at the same time; and what each of them alone does. */
export function feedContract(get: () => StoreUnderTest): void {
  laneContract(get, changes);
  laneContract(get, questions);

  test("changes with many names are kept; one that is too large says that anything may have changed", async () => {
    const feed = get().store.changes;
    const { cursor } = await feed.after(undefined, 1);
    const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}`.padEnd(250, "x"));
    const told = [change(), { ...change(), names: names(600) }, { ...change(), names: names(600) }, change()];
    await feed.append([...told, { ...change(), names: names(2000) }, change("last")]);
    const { items } = await readOn(feed, cursor);
    expect(items.slice(0, 4)).toEqual(told);
    expect(items.slice(4)).toEqual([{ kind: "all" }, change("last")]);
  });

  test("what is in one feed is not in the other", async () => {
    const { store } = get();
    const [changed, asked] = await Promise.all(
      [store.changes, store.questions].map((feed) => feed.after(undefined, 1)),
    );
    const question = questions.item();
    await store.questions.append([question]);
    await store.changes.append([change("only")]);
    expect((await readOn(store.changes, changed?.cursor ?? "")).items).toEqual([change("only")]);
    expect((await readOn(store.questions, asked?.cursor ?? "")).items).toEqual([question]);
  });
}

function laneContract<T>(get: () => StoreUnderTest, { name, lane, of, item, idOf }: LaneUnderTest<T>): void {
  const feed = (): Feed<T> => of(get().store);
  const end = async (): Promise<string> => (await feed().after(undefined, 1)).cursor;
  const { retentionSeconds } = lane;
  /** What a reader gets of items behind a gap. */
  const rest = (...items: T[]): T[] => (lane.keepsRest ? items : []);

  describe(name, () => {
    afterEach(() => vi.useRealTimers());

    test("without a cursor the answer is its end, with that cursor what came since, in order", async () => {
      const other = of(get().other);
      await feed().append([item()]);
      const start = await feed().after(undefined, 100);
      expect(start).toEqual({ cursor: expect.any(String), gap: false, items: [] });
      expect(start.cursor.length).toBeLessThanOrEqual(64);
      expect(await feed().after(start.cursor, 100)).toEqual(start);
      const told = [item(), item(), item(), item()];
      await feed().append(told.slice(0, 2));
      await other.append(told.slice(2));
      expect((await readOn(other, start.cursor)).items).toEqual(told);
      expect((await readOn(feed(), start.cursor)).items).toEqual(told);
    });

    test("appending nothing is nothing", async () => {
      const cursor = await end();
      await feed().append([]);
      expect(await end()).toBe(cursor);
    });

    test("more than fit into a record come in their order, about as many at a time as asked for", async () => {
      const cursor = await end();
      const told = Array.from({ length: 3 * ITEMS_PER_RECORD + 7 }, () => item());
      await feed().append(told);
      expect((await readOn(feed(), cursor, 10)).items).toEqual(told);
      const page = await feed().after(cursor, 10);
      expect(page.items.length).toBeGreaterThanOrEqual(10);
      expect(page.items.length).toBeLessThan(10 + ITEMS_PER_RECORD);
    });

    test.each([
      "garbage",
      "0",
      "0.x",
      "-1.x",
      "999999999999999.00000000-0000-0000-0000-000000000000",
      "9999999999999999999999999.x",
      "",
      "' or 1=1",
    ])("the cursor %j is a gap, with the end to go on from", async (cursor) => {
      await feed().append([item()]);
      const answer = await feed().after(cursor, 10);
      expect(answer).toEqual({ cursor: await end(), gap: true, items: [] });
      const next = item();
      await feed().append([next]);
      expect((await readOn(feed(), answer.cursor)).items).toEqual([next]);
    });

    test.each(["1.00000000-0000-0000-0000-000000000000", "0.99999999999999", "0.0"])(
      "the cursor %j is a gap, with what is left behind it",
      async (cursor) => {
        const told = [item(), item()];
        for (const each of told) await feed().append([each]);
        const page = await feed().after(cursor, 10);
        expect(page.gap).toBe(true);
        const { items } = await readOn(feed(), page.cursor);
        expect([...page.items, ...items].slice(-2)).toEqual(rest(...told));
      },
    );

    test("a reader that goes on from its own cursor is told the same", async () => {
      const other = of(get().other);
      await feed().append([item()]);
      const start = await end();
      expect(await feed().next(start, 100)).toEqual({ cursor: start, gap: false, items: [] });
      const told = [item(), item(), item()];
      for (const each of told) await other.append([each]);
      const first = await feed().next(start, 1);
      expect(first).toMatchObject({ gap: false, items: told.slice(0, 1) });
      const rest = await feed().next(first.cursor, 100);
      expect(rest).toMatchObject({ gap: false, items: told.slice(1) });
      expect(await feed().next(rest.cursor, 100)).toEqual({ ...rest, items: [] });
      expect(await feed().next("garbage", 100)).toEqual({ cursor: rest.cursor, gap: true, items: [] });
    });

    test("a cursor of another feed is a gap as soon as there is something behind it", async () => {
      await feed().append([item()]);
      const foreign = (await end()).replace(/\.[^.]+/, ".00000000-0000-0000-0000-000000000000");
      expect(await feed().after(foreign, 10)).toMatchObject({ gap: true, items: [] });
      const next = item();
      await feed().append([next]);
      expect(await feed().next(foreign, 10)).toMatchObject({ gap: true, items: rest(next) });
      expect(await feed().after(foreign, 10)).toMatchObject({ gap: true, items: rest(next) });
    });

    test("a cursor that the feed no longer reaches back to is a gap", async () => {
      await feed().append([item()]);
      const cursor = await end();
      const left = item();
      await feed().append([left]);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + (retentionSeconds - 60) * 1000 });
      expect(await feed().after(cursor, 10)).toMatchObject({ gap: false, items: [left] });
      vi.setSystemTime(Date.now() + 120_000);
      // What came in between may have expired.
      expect(await feed().after(cursor, 10)).toMatchObject({ gap: true, items: rest(left) });
      expect(await feed().next(cursor, 10)).toMatchObject({ gap: true, items: rest(left) });
      await feed().append([item()]);
      const fresh = await end();
      const next = item();
      await feed().append([next]);
      expect((await readOn(feed(), fresh)).items).toEqual([next]);
    });

    test("who follows a feed that is quiet for long has no gap, who comes back too late has one", async () => {
      await feed().append([item()]);
      const first = await end();
      let cursor = first;
      for (let round = 0; round < 6; round++) {
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + (retentionSeconds / 2) * 1000 });
        const answer = await feed().after(cursor, 10);
        expect(answer).toEqual({ cursor: expect.any(String), gap: false, items: [] });
        cursor = answer.cursor;
      }
      expect(cursor.length).toBeLessThanOrEqual(64);
      expect(await feed().after(first, 10)).toMatchObject({ gap: true, items: [] });
      expect(await feed().after(await end(), 10)).toMatchObject({ gap: false, items: [] });
      const next = item();
      await feed().append([next]);
      expect((await readOn(feed(), cursor)).items).toEqual([next]);
      expect(await feed().after(first.replace(/\d+$/, "9999999999"), 10)).toMatchObject({ gap: true });
      vi.setSystemTime(Date.now() + (retentionSeconds + 60) * 1000);
      expect(await feed().after(cursor, 10)).toMatchObject({ gap: true, items: rest(next) });
    });

    test("of appenders at the same time nothing is lost, and who follows sees each item once, in order", async () => {
      const other = of(get().other);
      const cursor = await end();
      const series = Array.from({ length: 6 }, () => Array.from({ length: 8 }, () => item()));
      let ended = false;
      const append = Promise.all(
        series.map(async (told, index) => {
          for (const each of told) await (index % 2 === 0 ? feed() : other).append([each]);
        }),
      ).finally(() => {
        ended = true;
      });
      const follow = async (followed: Feed<T>): Promise<string[]> => {
        const seen: string[] = [];
        let at = cursor;
        for (;;) {
          const last = ended;
          const { items, cursor: next } = await readOn(followed, at, 3);
          seen.push(...items.map(idOf));
          at = next;
          if (last) return seen;
          await new Promise(setImmediate);
        }
      };
      const [, ...seen] = await Promise.all([append, follow(feed()), follow(other)]);
      for (const ids of seen) {
        expect(ids).toEqual(seen[0]);
        expect([...ids].sort()).toEqual(series.flat().map(idOf).sort());
        for (const told of series) {
          const own = new Set(told.map(idOf));
          expect(ids.filter((id) => own.has(id))).toEqual(told.map(idOf));
        }
      }
    });
  });
}
