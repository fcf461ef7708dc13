import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RouteStore, StoreError } from "../../../../route-api/store/store.ts";
import { acquireLease, LEASE_MS } from "../../../../route-api/sync/lease.ts";
import { DOCUMENTS } from "../../../../route-api/sync/notes.ts";
import { startSync } from "../../../../route-api/sync/sync.ts";
import { config, entry, log, type SyncFixture, scripted, syncFixture, until, whole } from "./fixture.ts";

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
    await expect(first?.fence.confirm()).rejects.toThrow("another sync leads");
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
