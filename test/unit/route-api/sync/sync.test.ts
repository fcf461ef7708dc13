import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DirectoryConfig } from "../../../../route-api/config/directory.ts";
import type { Change } from "../../../../route-api/contract/changes.ts";
import { DirectoryError } from "../../../../route-api/directory/directory-error.ts";
import type { DirectoryEntry } from "../../../../route-api/directory/entry.ts";
import { channel } from "../../../../route-api/directory/event-queue.ts";
import type { DirectoryEvent, DirectorySource } from "../../../../route-api/directory/source.ts";
import { openSqlite } from "../../../../route-api/store/sqlite/open.ts";
import { type RouteStore, StoreError } from "../../../../route-api/store/store.ts";
import { acquireLease, LEASE_MS } from "../../../../route-api/sync/lease.ts";
import { DOCUMENTS } from "../../../../route-api/sync/notes.ts";
import { releaseHold } from "../../../../route-api/sync/release.ts";
import { readStatus, watchStatus } from "../../../../route-api/sync/status.ts";
import { SyncBusy, startSync, syncOnce } from "../../../../route-api/sync/sync.ts";
import { verify } from "../../../../route-api/sync/verify.ts";

const log = pino({ level: "silent" });
const config = (change: object = {}) =>
  DirectoryConfig.parse({
    ldif: "x",
    maxRemovedShare: 0.5,
    maxRemovedEntries: 1,
    retrySeconds: 0.01,
    ...change,
  });

const entry = (uid: string, more: Record<string, string[]> = {}): DirectoryEntry => ({
  dn: `uid=${uid},dc=x`,
  attributes: new Map(
    Object.entries({
      uid: [uid],
      mail: [`${uid}@x.com`],
      mailhost: ["store1"],
      entryuuid: [`uuid-${uid}`],
      ...more,
    }),
  ),
});
const told = (...entries: DirectoryEntry[]): DirectoryEvent[] =>
  entries.map((one) => ({ is: "entry", entry: one }));
const whole = (...entries: DirectoryEntry[]): DirectoryEvent[] => [
  { is: "refreshing" },
  ...told(...entries),
  { is: "refreshed", cursor: "full" },
];

/** A directory that says what it is told to, and then either fails or waits. */
function scripted(events: DirectoryEvent[] = [], failure?: Error) {
  const more = channel<DirectoryEvent>(1000);
  const cursors: (string | undefined)[] = [];
  const source: DirectorySource = {
    description: "scripted",
    method: "syncrepl",
    async *follow(cursor, signal) {
      cursors.push(cursor);
      yield* events;
      if (failure !== undefined) throw failure;
      signal.addEventListener("abort", more.end);
      for (let next = await more.take(); next !== undefined; next = await more.take()) yield* next;
    },
  };
  return { source, cursors, tell: (...some: DirectoryEvent[]) => void some.map(more.push) };
}

let store: RouteStore;
let changes: () => Promise<Change[]>;
beforeEach(async () => {
  store = openSqlite(":memory:");
  await store.create();
  const { cursor } = await store.changes(undefined, 100);
  changes = async () => (await store.changes(cursor, 1000)).changes;
});
afterEach(() => store.close());

const once = (events: DirectoryEvent[], change: object = {}, over: RouteStore = store) =>
  syncOnce({ source: scripted(events).source, store: over, directory: config(change), log });
const until = async (look: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 1));
};
const has = async (login: string): Promise<boolean> => (await store.find(login, "consistent")).is === "found";
const lease = async () =>
  (await store.readDocument(DOCUMENTS.lease))?.value as { holder: unknown; notes: object };

describe("one full reading", () => {
  test("writes every entry under all its names, and nothing the second time", async () => {
    const entries = [entry("a", { mailalternateaddress: ["other@x.com"] }), entry("b")];
    expect(await once(whole(...entries))).toMatchObject({ read: 2, written: 2, unchanged: 0, removed: 0 });
    expect(await once(whole(...entries))).toMatchObject({ read: 2, written: 0, unchanged: 2, removed: 0 });
    for (const login of ["a", "a@x.com", "other@x.com"]) {
      expect(await store.find(login, "consistent")).toMatchObject({ entry: { account: "a@x.com" } });
    }
    expect(await changes()).toHaveLength(2);
    expect(await lease()).toMatchObject({ holder: null, notes: { cursor: "full", entries: 2 } });
  });

  test("counts what is older than in the table, and leaves that as it is", async () => {
    const at = (day: number, host: string) =>
      entry("a", { entrycsn: [`2026010${day}000000.000000Z#000000#000#000000`], mailhost: [host] });
    await once(whole(at(2, "new")));
    expect(await once(whole(at(1, "old")))).toMatchObject({ read: 1, written: 0, unchanged: 0, older: 1 });
    expect(await store.find("a", "consistent")).toMatchObject({ entry: { mailHost: ["new"] } });
  });

  test("counts and names what it cannot use, and the rest goes on", async () => {
    const bad = { place: "users.ldif:7", reason: "wrong base64" };
    const report = await once([
      { is: "refreshing" },
      { is: "skipped", skipped: bad },
      ...told(entry("homeless", { mailhost: [] }), entry("a")),
      { is: "refreshed" },
    ]);
    expect(report).toMatchObject({ read: 3, written: 1, skippedCount: 2 });
    expect(report.skipped).toEqual([bad, { place: "uid=homeless,dc=x", reason: "no mailHost" }]);
  });

  test("counts each of very many that it cannot use once", async () => {
    const homeless = Array.from({ length: 10_100 }, (_, at) => entry(`u${at}`, { mailhost: [] }));
    expect(await once(whole(...homeless))).toMatchObject({ read: 10_100, skippedCount: 10_100 });
  });

  test("names an entry that no store can keep", async () => {
    const long = entry("long", { mailallowedserviceaccess: ["x".repeat(400_000)] });
    const report = await once(whole(entry("a"), long));
    expect(report).toMatchObject({ written: 1, skippedCount: 1, skipped: [{ place: "uid=long,dc=x" }] });
  });

  test("removes what the directory no longer has, with its names", async () => {
    await once(whole(entry("a"), entry("b"), entry("c")));
    expect(await once(whole(entry("a"), entry("b")))).toMatchObject({ removed: 1 });
    expect(await store.find("c", "consistent")).toEqual({ is: "unknown" });
    expect((await changes()).at(-1)).toEqual({
      kind: "route",
      uuid: "uuid-c",
      account: "c@x.com",
      names: ["c", "c@x.com"],
    });
  });

  test("removes what can no longer be used, as what is gone: all together, by the guard's leave", async () => {
    const all = ["a", "b", "c"].map((uid) => entry(uid));
    await once(whole(...all));
    const broken = ["a", "b", "c"].map((uid) => entry(uid, { mailhost: ["no host"] }));
    expect(await once(whole(...broken))).toMatchObject({ removed: 0, held: { wouldRemove: 3, of: 3 } });
    expect(await once(whole(...all.slice(0, 2), entry("c", { mailhost: ["no host"] })))).toMatchObject({
      removed: 1,
      held: undefined,
    });
  });

  test("removes nothing where too much would go, where a record cannot be read, or where it did not end", async () => {
    await once(whole(entry("a"), entry("b"), entry("c")));
    expect(await once(whole(entry("a")))).toMatchObject({ removed: 0, held: { wouldRemove: 2, of: 3 } });
    const skipped = { place: "x", reason: "y" };
    expect(
      await once([
        { is: "refreshing" },
        ...told(entry("a"), entry("b")),
        { is: "skipped", skipped },
        { is: "refreshed" },
      ]),
    ).toMatchObject({ removed: 0 });
    const failing = scripted(
      [{ is: "refreshing" }, ...told(entry("a"), entry("b"))],
      new DirectoryError("closed", "away"),
    );
    await expect(syncOnce({ source: failing.source, store, directory: config(), log })).rejects.toThrow(
      "away",
    );
    expect(await has("c")).toBe(true);
    expect(await readStatus(store)).toMatchObject({
      state: "stopped",
      failure: { code: "closed", message: "away" },
    });
  });

  test("removes what the operator released, and no more", async () => {
    await once(whole(...["a", "b", "c", "d"].map((uid) => entry(uid))));
    expect(await releaseHold(store)).toBeUndefined();
    const { held } = await once(whole(entry("a")));
    expect(held).toMatchObject({ wouldRemove: 3, of: 4 });
    expect(await releaseHold(store)).toEqual(held);
    const second = await once(whole());
    expect(second).toMatchObject({ removed: 0, held: { wouldRemove: 4 } });
    expect(second.held?.id).not.toBe(held?.id);
    expect(await once(whole(entry("a")))).toMatchObject({ removed: 0 });
    await releaseHold(store);
    expect(await once(whole(entry("a")))).toMatchObject({ removed: 3, held: undefined });
    expect(await releaseHold(store)).toBeUndefined();
  });

  test("leaves time for all else while it goes through a table in this process", async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => entry(`u${index}`));
    await once(whole(...entries));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const listing: RouteStore = {
      ...store,
      async *entries() {
        turns = 0;
        yield* store.entries();
        expect(turns).toBeGreaterThan(2);
      },
    };
    await once(whole(...entries), {}, listing);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  test("is refused while another sync leads", async () => {
    const sync = startSync({ source: scripted(whole(entry("a"))).source, store, directory: config(), log });
    await sync.first;
    await expect(once(whole())).rejects.toThrow(SyncBusy);
    await sync.close();
    expect(await once(whole(entry("a")))).toMatchObject({ read: 1 });
  });
});

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

  test("does not keep a cursor whose changes could not be written, and tells edges that anything may have changed", async () => {
    let failing = false;
    const broken: RouteStore = {
      ...store,
      append: (some) => {
        if (failing) throw new StoreError("unreachable", "no feed");
        return store.append(some);
      },
    };
    const { source, tell, cursors } = scripted(whole(entry("a")));
    const sync = startSync({ source, store: broken, directory: config(), log });
    await sync.first;
    failing = true;
    tell(...told(entry("b")), { is: "cursor", cursor: "b" });
    await until(async () => (await readStatus(store)).failure?.code === "unreachable");
    expect(await has("b")).toBe(true);
    expect((await changes()).map(({ kind }) => kind)).not.toContain("all");
    failing = false;
    await until(async () => (await changes()).some(({ kind }) => kind === "all"));
    await sync.close();
    expect(cursors.slice(1)).not.toContain("b");
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
      async *follow() {
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
    async *follow() {
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

describe("the lease", () => {
  const signal = new AbortController().signal;

  test("goes at once to the next where it was given back, with its notes", async () => {
    const first = await acquireLease(store, { holder: "one", log, signal });
    await first?.save({ cursor: "c" });
    await first?.end(true);
    const second = await acquireLease(store, { holder: "two", log, signal });
    expect(second).toMatchObject({ wasReleased: true, notes: { cursor: "c" } });
    await second?.end(true);
  });

  test("goes to the next once it has run out, and the first can no longer write", async () => {
    const first = await acquireLease(store, { holder: "one", log, signal });
    // Its process stands still.
    await first?.end(false);
    const beganMs = performance.now();
    const second = await acquireLease(store, { holder: "two", log, signal });
    expect(performance.now() - beganMs).toBeGreaterThan(LEASE_MS - 100);
    expect(second).toMatchObject({ wasReleased: false });
    await expect(first?.save({ cursor: "late" })).rejects.toThrow("another sync leads");
    expect(first?.lost.aborted).toBe(true);
    await expect(first?.confirm()).rejects.toThrow("another sync leads");
    expect(second?.notes.cursor).toBeUndefined();
    await second?.end(true);
  });

  test("is not kept from others, nor from oneself, by a start that failed", async () => {
    let failing = true;
    const broken: RouteStore = {
      ...store,
      readDocument(name) {
        if (name !== DOCUMENTS.status || !failing) return store.readDocument(name);
        failing = false;
        throw new StoreError("unreachable", "no status");
      },
    };
    const { source } = scripted(whole(entry("a")));
    const sync = startSync({ source, store: broken, directory: config(), log });
    await until(() => has("a"));
    await sync.close();
    expect(await lease()).toMatchObject({ holder: null });
  });

  test("makes whoever takes it over unasked tell edges that anything may have changed, before all else", async () => {
    const first = await acquireLease(store, { holder: "one", log, signal });
    await first?.end(false);
    expect(await once(whole(entry("a")))).toMatchObject({ written: 1 });
    expect((await changes()).map(({ kind }) => kind)).toEqual(["all", "route"]);
  });
});

describe("the status", () => {
  test("is that of the leader while it renews its lease", async () => {
    const sync = startSync({ source: scripted(whole(entry("a"))).source, store, directory: config(), log });
    await sync.first;
    await until(async () => (await readStatus(store)).state === "following");
    expect(await watchStatus(store)).toMatchObject({ state: "following" });
    await sync.close();
    expect(await watchStatus(store)).toMatchObject({ state: "stopped" });
  });

  test("is stopped once nobody renews the lease, though nobody has said so", async () => {
    await store.swapDocument(DOCUMENTS.status, { state: "following", leader: "dead" }, undefined);
    await store.swapDocument(DOCUMENTS.lease, { holder: "dead", notes: { entries: 1 } }, undefined);
    expect(await watchStatus(store)).toMatchObject({ state: "stopped" });
  });
});

test("verify finds what is missing, surplus and different", async () => {
  await once(whole(entry("a"), entry("b"), entry("c")));
  const found: unknown[] = [];
  const events = whole(entry("a"), entry("b", { mailhost: ["store9"], inetuserstatus: ["x"] }), entry("d"));
  const result = await verify(scripted(events).source, store, config(), (difference) =>
    found.push(difference),
  );
  expect(result).toEqual({ directory: 3, table: 3, differences: 3 });
  expect(found).toEqual([
    { is: "different", uuid: "uuid-b", dn: "uid=b,dc=x", fields: ["mailHost", "disabled"] },
    { is: "missing", uuid: "uuid-d", dn: "uid=d,dc=x" },
    { is: "surplus", uuid: "uuid-c", dn: "uid=c,dc=x" },
  ]);
});
