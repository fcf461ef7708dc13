import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RouteStore } from "../../../../route-api/store/store.ts";
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
