import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RouteStore } from "../../../../route-api/store/store.ts";
import { watchFirstLoad } from "../../../../route-api/sync/first-load.ts";
import { DOCUMENTS } from "../../../../route-api/sync/notes.ts";
import { readStatus, watchStatus } from "../../../../route-api/sync/status.ts";
import { startSync } from "../../../../route-api/sync/sync.ts";
import { config, entry, log, type SyncFixture, scripted, syncFixture, until, whole } from "./fixture.ts";

let store: RouteStore;
let close: SyncFixture["close"];
beforeEach(async () => {
  ({ store, close } = await syncFixture());
});
afterEach(() => close());

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

describe("the first load", () => {
  test("has ended once the directory was read whole, and for good", async () => {
    const firstLoad = watchFirstLoad(store);
    expect(await firstLoad.hasEnded()).toBe(false);
    const partial = startSync({
      source: scripted(whole(entry("a")).slice(0, 2)).source,
      store,
      directory: config(),
      log,
    });
    await until(async () => (await readStatus(store)).state === "refreshing");
    expect(await firstLoad.hasEnded()).toBe(false);
    await partial.close();

    const sync = startSync({ source: scripted(whole(entry("a"))).source, store, directory: config(), log });
    await sync.first;
    await until(() => firstLoad.hasEnded());
    await sync.close();
    await store.swapDocument(
      DOCUMENTS.status,
      { state: "never" },
      (await store.readDocument(DOCUMENTS.status))?.revision,
    );
    expect(await firstLoad.hasEnded()).toBe(true);
    expect(await watchFirstLoad(store).hasEnded()).toBe(false);
  });
});
