import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DirectoryError } from "../../../../route-api/directory/directory-error.ts";
import type { DirectorySource } from "../../../../route-api/directory/source.ts";
import { type RouteStore, StoreError } from "../../../../route-api/store/store.ts";
import { releaseHold } from "../../../../route-api/sync/release.ts";
import { readStatus } from "../../../../route-api/sync/status.ts";
import { startSync } from "../../../../route-api/sync/sync.ts";
import {
  config,
  entry,
  log,
  type SyncFixture,
  scripted,
  syncFixture,
  told,
  until,
  whole,
} from "./fixture.ts";

let store: RouteStore;
let changes: SyncFixture["changes"];
let once: SyncFixture["once"];
let has: SyncFixture["has"];
let lease: SyncFixture["lease"];
let close: SyncFixture["close"];
beforeEach(async () => {
  ({ store, changes, once, has, lease, close } = await syncFixture());
});
afterEach(() => close());

describe("while it follows", () => {
  test("writes in order, the last word on each entry counting, and keeps the cursor", async () => {
    const { source, tell, cursors } = scripted(whole(entry("a")));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    tell(
      ...told(entry("b"), entry("a", { mailhost: ["store2"] })),
      { is: "gone", uuids: ["uuid-b"] },
      ...told(entry("a", { mailhost: ["store3"] }), entry("c")),
      { is: "cursor", cursor: "1" },
    );
    await until(() => has("c"));
    expect(await has("b")).toBe(false);
    expect(await store.find("a", "consistent")).toMatchObject({ entry: { mailHost: ["store3"] } });
    await until(
      async () => (await lease()).notes !== undefined && JSON.stringify(await lease()).includes('"1"'),
    );
    await sync.close();
    expect(cursors).toEqual([undefined]);
    const next = scripted([{ is: "refreshing" }, { is: "level", cursor: "2" }]);
    const again = startSync({ source: next.source, store, directory: config(), log });
    await again.first;
    await again.close();
    expect(next.cursors).toEqual(["1"]);
    expect(await lease()).toMatchObject({ notes: { cursor: "2" } });
  });

  test("removes no larger share, one by one, than of the entries that there were", async () => {
    const uids = Array.from({ length: 200 }, (_, index) => `u${index}`);
    const limits = { maxRemovedShare: 0.1, maxRemovedEntries: 1 };
    const { source, tell } = scripted(whole(...uids.map((uid) => entry(uid))));
    const sync = startSync({ source, store, directory: config(limits), log });
    await sync.first;
    for (const uid of uids.slice(0, 40)) {
      tell({ is: "gone", uuids: [`uuid-${uid}`] }, { is: "cursor", cursor: uid });
      // One batch each: the sum must not depend on how they arrive.
      await until(async () => JSON.stringify(await lease()).includes(`"${uid}"`));
    }
    const left = await Promise.all(uids.map((uid) => has(uid)));
    expect(left.filter((there) => !there)).toHaveLength(20);
    await sync.close();
    expect(await readStatus(store)).toMatchObject({ held: { wouldRemove: 20, of: 180 } });
  });

  test("takes a present phase that a delete phase follows", async () => {
    await once(whole(entry("a"), entry("b"), entry("c"), entry("d")));
    const { source } = scripted([
      ...whole(entry("a"), entry("b"), entry("c")),
      ...told(entry("e")),
      { is: "gone", uuids: ["uuid-c"] },
      { is: "level", cursor: "second" },
    ]);
    const sync = startSync({ source, store, directory: config({ maxRemovedEntries: 10 }), log });
    await until(async () => JSON.stringify(await lease()).includes('"second"'));
    await sync.close();
    expect([await has("a"), await has("c"), await has("d"), await has("e")]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test("does not keep a cursor whose changes could not be announced, and announces just these once it can", async () => {
    let failing = false;
    const broken: RouteStore = {
      ...store,
      changes: {
        ...store.changes,
        append: (some) => {
          if (failing) throw new StoreError("unreachable", "no feed");
          return store.changes.append(some);
        },
      },
    };
    const { source, tell, cursors } = scripted(whole(entry("a")));
    const sync = startSync({ source, store: broken, directory: config(), log });
    await sync.first;
    failing = true;
    tell(...told(entry("b")), { is: "cursor", cursor: "b" });
    await until(async () => (await readStatus(store)).failure?.code === "unreachable");
    expect(await has("b")).toBe(true);
    expect(await changes()).toHaveLength(1);
    failing = false;
    await until(async () => (await changes()).length > 1);
    await sync.close();
    const all = await changes();
    expect(all[1]).toMatchObject({ account: "b@x.com", names: ["b", "b@x.com"] });
    expect(all.map(({ kind }) => kind)).not.toContain("all");
    expect(cursors.slice(1)).not.toContain("b");
  });

  test("announces that anything may have changed where it is not known what a write has done", async () => {
    let failing = false;
    const broken: RouteStore = {
      ...store,
      async put(...args) {
        const results = await store.put(...args);
        if (failing) throw new StoreError("throttled", "a part of it");
        return results;
      },
    };
    const { source, tell } = scripted(whole(entry("a")));
    const sync = startSync({ source, store: broken, directory: config(), log });
    await sync.first;
    failing = true;
    tell(...told(entry("b")));
    await until(async () => (await readStatus(store)).failure?.code === "throttled");
    failing = false;
    await until(async () => (await changes()).some(({ kind }) => kind === "all"));
    await sync.close();
  });

  test("removes what becomes of no use while it looks for what is gone", async () => {
    const { source, tell } = scripted(whole(entry("a"), entry("b")));
    const listing: RouteStore = {
      ...store,
      async *entries() {
        yield* store.entries();
        tell(...told(entry("a", { mailhost: ["no host"] }), entry("c")));
        await until(() => has("c"));
      },
    };
    const sync = startSync({ source, store: listing, directory: config(), log });
    await sync.first;
    await sync.close();
    expect([await has("a"), await has("b"), await has("c")]).toEqual([false, true, true]);
  });

  const broken = entry("a", { mailhost: ["no host"] });
  test.each([
    ["is removed", [broken], false],
    ["stays if it came back", [broken, entry("a")], true],
  ])("what a reading finds of no use, and that does not end as one, %s", async (_name, entries, stays) => {
    const { source, tell } = scripted(whole(entry("a"), entry("b"), entry("c")));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    tell({ is: "refreshing" }, ...told(...entries), { is: "level", cursor: "later" });
    await until(async () => JSON.stringify(await lease()).includes('"later"'));
    await sync.close();
    expect(await has("a")).toBe(stays);
  });

  test("what a reading finds of no use is heard of again where the reading has no end", async () => {
    const { source, tell } = scripted(whole(entry("a"), entry("b"), entry("c")));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    tell({ is: "refreshing" }, ...told(broken, entry("d")), { is: "cursor", cursor: "later" });
    await until(() => has("d"));
    await sync.close();
    expect([await has("a"), await lease()]).toMatchObject([true, { notes: { cursor: "full" } }]);
  });

  test("what a reading finds of no use as it was before stays as it is now", async () => {
    const onDay = (day: number, host: string) =>
      entry("a", { mailhost: [host], entrycsn: [`2026010${day}000000.000000Z#000000#000#000000`] });
    const { source, tell } = scripted(whole(onDay(1, "store1"), entry("b"), entry("c")));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    tell({ is: "refreshing" }, ...told(entry("b"), entry("c"), onDay(3, "store3"), onDay(2, "no host")), {
      is: "refreshed",
      cursor: "later",
    });
    await until(async () => JSON.stringify(await lease()).includes('"later"'));
    await sync.close();
    expect(await store.find("a", "consistent")).toMatchObject({ entry: { mailHost: ["store3"] } });
  });

  test("removals count together, whoever leads", async () => {
    const limits = { maxRemovedShare: 0.5, maxRemovedEntries: 1 };
    await once(whole(...["a", "b", "c", "d"].map((uid) => entry(uid))), limits);
    const goingOn = async (...uuids: string[]) => {
      const { source } = scripted([
        { is: "refreshing" },
        { is: "gone", uuids },
        { is: "level", cursor: uuids[0] ?? "" },
      ]);
      const sync = startSync({ source, store, directory: config(limits), log });
      await sync.first;
      await sync.close();
    };
    await goingOn("uuid-a", "uuid-b");
    expect((await readStatus(store)).held).toBeUndefined();
    await goingOn("uuid-c");
    expect((await readStatus(store)).held).toMatchObject({ wouldRemove: 1, reason: "too-many-removals" });
    expect([await has("a"), await has("b"), await has("c")]).toEqual([false, false, true]);
  });

  test("an approval counts for what was removed before, whoever leads next", async () => {
    const limits = { maxRemovedShare: 0.25, maxRemovedEntries: 2 };
    const some = (uids: string) => whole(...[...uids].map((uid) => entry(uid)));
    await once(some("abcdefgh"), limits);
    await once(some("cdefgh"), limits);
    expect(await once(some("defgh"), limits)).toMatchObject({ held: { wouldRemove: 1 } });
    await releaseHold(store);
    expect(await once(some("defgh"), limits)).toMatchObject({ removed: 1, held: undefined });
    // As many as at any time.
    expect(await once(some("fgh"), limits)).toMatchObject({ removed: 2, held: undefined });
  });

  test("takes a removal of what it never had for nothing", async () => {
    const { source, tell } = scripted(whole(entry("a"), entry("b")));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    tell(
      { is: "gone", uuids: Array.from({ length: 200 }, (_, index) => `printer-${index}`) },
      ...told(entry("c")),
    );
    await until(() => has("c"));
    await sync.close();
    expect((await readStatus(store)).held).toBeUndefined();
  });

  test("does not run in circles where a source ends by itself", async () => {
    let follows = 0;
    const source: DirectorySource = {
      description: "ends",
      method: "compare",
      async *events() {
        follows++;
        yield* whole(entry("a"));
      },
    };
    const sync = startSync({ source, store, directory: config({ retrySeconds: 60 }), log });
    await until(async () => (await readStatus(store)).failure?.code === "closed");
    await sync.close();
    expect(follows).toBe(1);
  });

  test("tries again, ever more seldom, and says what is wrong", async () => {
    const { source, cursors } = scripted([], new DirectoryError("connect", "nobody there"));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    await until(() => cursors.length > 3);
    await until(async () => (await readStatus(store)).state === "failing");
    expect((await readStatus(store)).failure).toMatchObject({ code: "connect", message: "nobody there" });
    await sync.close();
  });
});

test("does not say how far behind it is while it cannot know", async () => {
  const lag = async () => (await readStatus(store)).lagSeconds;
  const source: DirectorySource = {
    description: "fails",
    method: "syncrepl",
    async *events() {
      yield* whole(entry("a"));
      yield { is: "lag", seconds: 0 };
      await until(async () => (await lag()) === 0);
      throw new DirectoryError("closed", "away");
    },
  };
  const sync = startSync({ source, store, directory: config({ retrySeconds: 60 }), log });
  await until(async () => (await readStatus(store)).state === "failing");
  expect(await lag()).toBeUndefined();
  await sync.close();
});
