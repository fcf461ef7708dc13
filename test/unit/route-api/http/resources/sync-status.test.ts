import { afterEach, beforeEach, expect, test } from "vitest";
import { SyncStatus } from "../../../../../route-api/contract/sync-status.ts";
import { openSqlite } from "../../../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../../../route-api/store/store.ts";
import { createLeaseWatch } from "../../../../../route-api/sync/lease-watch.ts";
import { DOCUMENTS } from "../../../../../route-api/sync/notes.ts";
import { problemOf, type TestApi, testApi } from "../support.ts";

let now = 0;
let store: RouteStore;
let api: TestApi;
beforeEach(async () => {
  now = 0;
  store = openSqlite(":memory:");
  api = await testApi({ loaded: false, store, lease: createLeaseWatch(store, () => now) });
});
afterEach(() => api.close());

const read = async (): Promise<SyncStatus> =>
  SyncStatus.parse(await (await api.get("/v1/sync", "support")).json());
const STATUS = {
  state: "following",
  leader: "host:17",
  skippedCount: 1,
  skipped: [{ place: "uid=x", reason: "no mailHost" }],
  ambiguousCount: 1,
  ambiguous: [{ name: "a@x.com", dns: ["uid=a", "uid=b"] }],
};
const { leader: _, ...NOBODYS } = STATUS;

test("before the first sync", async () => {
  expect(await read()).toEqual({
    state: "never",
    skippedCount: 0,
    skipped: [],
    ambiguousCount: 0,
    ambiguous: [],
  });
});

test("what the sync says, as long as it holds its lease", async () => {
  await store.swapDocument(DOCUMENTS.status, STATUS, undefined);
  let revision: string | undefined;
  for (let beat = 0; beat < 10; beat++) {
    revision = await store.swapDocument(DOCUMENTS.lease, { beat }, revision);
    expect(await read()).toEqual(STATUS);
    now += 5000;
  }
  now += 10_000;
  expect(await read()).toEqual({ ...NOBODYS, state: "stopped" });
  await store.swapDocument(DOCUMENTS.lease, { beat: "another's" }, revision);
  expect(await read()).toEqual(STATUS);
});

test("a status that cannot be read is a fault of the store", async () => {
  await store.swapDocument(DOCUMENTS.status, { state: "dreaming" }, undefined);
  expect(await problemOf(await api.get("/v1/sync", "support"))).toBe("503 store-unavailable");
});
