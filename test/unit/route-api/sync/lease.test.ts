import { describe, expect, type TestContext, test } from "vitest";
import { routeEntry } from "../../../../route-api/directory/entry.ts";
import { type RouteStore, StoreError } from "../../../../route-api/store/store.ts";
import { acquireLease, LEASE_MS } from "../../../../route-api/sync/lease.ts";
import { DOCUMENTS } from "../../../../route-api/sync/notes.ts";
import { startSync } from "../../../../route-api/sync/sync.ts";
import { fence, put, remove } from "../../../support/writes.ts";
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

/** A store and its sync for one test: they run side by side, since most of them wait for a lease to run out. */
async function fixtureOf({ onTestFinished }: TestContext): Promise<SyncFixture> {
  const fixture = await syncFixture();
  onTestFinished(() => fixture.close());
  return fixture;
}

describe.concurrent("the lease", () => {
  const signal = new AbortController().signal;

  test("goes at once to the next where it was given back, with its notes", async (context) => {
    const { store } = await fixtureOf(context);
    const first = await acquireLease(store, { holder: "one", log, signal });
    await first?.save({ cursor: "c" });
    await first?.end(true);
    const second = await acquireLease(store, { holder: "two", log, signal });
    expect(second).toMatchObject({ wasReleased: true, notes: { cursor: "c" } });
    await second?.end(true);
  });

  test("goes to the next once it has run out, and the first can no longer write", async (context) => {
    const { store } = await fixtureOf(context);
    const first = await acquireLease(store, { holder: "one", log, signal });
    // Its process stands still.
    await first?.end(false);
    const beganMs = performance.now();
    const second = await acquireLease(store, { holder: "two", log, signal });
    expect(performance.now() - beganMs).toBeGreaterThan(LEASE_MS - 100);
    expect(second).toMatchObject({ wasReleased: false });
    await expect(first?.save({ cursor: "late" })).rejects.toThrow("another sync leads");
    expect(first?.lost.aborted).toBe(true);
    await expect(first?.fence.confirm()).rejects.toThrow("another sync leads");
    expect(second?.notes.cursor).toBeUndefined();
    await second?.end(true);
  });

  test("is not kept from others, nor from oneself, by a start that failed", async (context) => {
    const { store, has, lease } = await fixtureOf(context);
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

  test("makes whoever takes it over unasked tell edges that anything may have changed, first and once level", async (context) => {
    const { store, changes, once } = await fixtureOf(context);
    const first = await acquireLease(store, { holder: "one", log, signal });
    await first?.end(false);
    expect(await once(whole(entry("a")))).toMatchObject({ written: 1 });
    expect((await changes()).map(({ kind }) => kind)).toEqual(["all", "route", "all"]);
  });

  test("lost by a leader whose last write comes late, and is as the directory: edges are told nevertheless", async (context) => {
    const { store, changes } = await fixtureOf(context);
    const first = await acquireLease(store, { holder: "one", log, signal });
    await first?.end(false);
    const { source, tell } = scripted();
    const second = startSync({ source, store, directory: config(), log });
    await until(async () => (await changes()).length === 1);
    // It is not announced: the first leader ended.
    const late = routeEntry(entry("a"), config());
    if (late.ok) await put(store, [late.entry], fence(first?.fence.epoch));
    tell(...whole(entry("a")));
    await second.first;
    const all = { kind: "all" };
    expect(await changes()).toEqual([all, all]);

    const other = routeEntry(entry("b"), config());
    if (other.ok) await put(store, [other.entry], fence(first?.fence.epoch));
    await remove(store, ["uuid-a"], fence(first?.fence.epoch));
    tell(...told(entry("b")), { is: "gone", uuids: ["uuid-a"] });
    await until(async () => (await changes()).length === 4);
    await second.close();
    const change = { kind: "route", uuid: "uuid-b", account: "b@x.com", names: ["b", "b@x.com"] };
    expect((await changes()).slice(2)).toEqual([
      change,
      { kind: "route", uuid: "uuid-a", account: "uuid-a", names: [] },
    ]);
  });

  test("lost while a write was on its way: that is refused, and what it may have done is announced", async (context) => {
    const { store, changes, once } = await fixtureOf(context);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const stuck: RouteStore = {
      ...store,
      // The process stands still: no heartbeat, and its write comes late.
      swapDocument: async (name, value, revision) =>
        stands ? released.then(() => undefined) : store.swapDocument(name, value, revision),
      put: async (entries, by, refuses) => {
        if (!stands) return store.put(entries, by, refuses);
        await released;
        return store.put(entries, { ...by, confirm: async () => {} }, refuses);
      },
    };
    let stands = false;
    const onDay = (day: number, host: string) =>
      entry("a", { mailhost: [host], entrycsn: [`2026010${day}000000.000000Z#000000#000#000000`] });
    const { source, tell } = scripted(whole(onDay(1, "old")));
    const first = startSync({ source, store: stuck, directory: config(), log });
    await first.first;
    stands = true;
    tell(...told(onDay(3, "late")));
    expect(await once(whole(onDay(2, "new")))).toMatchObject({ written: 1 });
    const before = (await changes()).length;
    release();
    await until(async () => (await changes()).length > before);
    expect((await changes()).at(-1)).toEqual({ kind: "all" });
    expect(await store.find("a", "consistent")).toMatchObject({ entry: { mailHost: ["new"] } });
    await first.close();
  });
});
