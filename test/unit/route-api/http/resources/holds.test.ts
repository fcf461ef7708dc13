import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Change } from "../../../../../route-api/contract/changes.ts";
import { Held, HeldStore, Holds, Released } from "../../../../../route-api/contract/holds.ts";
import { accountHolds } from "../../../../../route-api/http/resources/holds/account-holds.ts";
import { holdList } from "../../../../../route-api/http/resources/holds/hold-list.ts";
import { storeHolds } from "../../../../../route-api/http/resources/holds/store-holds.ts";
import { StoreError } from "../../../../../route-api/store/store.ts";
import { put, remove } from "../../../../support/writes.ts";
import { bearing, entryOf, problemOf, type TestApi, testApi } from "../support.ts";

let api: TestApi;
let cursor: string | undefined;
beforeEach(async () => {
  api = await testApi();
  await put(api.store, [entryOf("alice"), entryOf("bob", { mailHost: ["store2"] })]);
  cursor = (await api.store.changes.after(undefined, 10)).cursor;
});
afterEach(async () => {
  vi.useRealTimers();
  await api.close();
});

type Asked = { method?: "POST" | "DELETE"; body?: object; headers?: Record<string, string> };
const ask = async (path: string, { method = "POST", body = {}, headers = {} }: Asked): Promise<Response> =>
  api.app.request(path, {
    method,
    headers: { ...bearing("admin"), "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ why: "ticket 1", ...body }),
  });
const ALICE = "/v1/users/alice/hold";
const hold = async (more: Asked = {}) =>
  Held.parse(await (await ask(ALICE, { ...more, body: { seconds: 60, ...more.body } })).json());
const release = (headers: Record<string, string> = {}) => ask(ALICE, { method: "DELETE", headers });
const announced = async (): Promise<Change[]> => {
  const page = await api.store.changes.after(cursor, 100);
  cursor = page.cursor;
  return page.items;
};
const listed = async () => Holds.parse(await (await api.get("/v1/holds")).json());
/** The clock of this machine shows another time; timers go on. */
const at = (seconds: number): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
};

test("a hold is in the entry, in the route, listed and announced; then released", async () => {
  const { id, until } = await hold();
  const entry = await api.store.get("uuid-alice");
  expect(entry?.hold).toEqual({ id, gen: 0, by: "admin", why: "ticket 1", from: ["store1"], until });
  expect(await (await api.get("/v1/routes/alice")).json()).toMatchObject({ hold: { id, until } });
  const { accounts, stores } = await listed();
  expect(accounts).toMatchObject([{ id, uuid: "uuid-alice", account: "alice@example.com" }]);
  expect(stores).toEqual([]);
  expect(await announced()).toEqual([
    {
      kind: "route",
      uuid: "uuid-alice",
      account: "alice@example.com",
      names: ["alice", "alice@example.com"],
      write: entry?.write,
    },
  ]);
  expect(Released.parse(await (await release()).json())).toEqual({ released: [id] });
  expect((await api.store.get("uuid-alice"))?.hold).toBeUndefined();
  expect(await announced()).toHaveLength(1);
  expect((await listed()).accounts).toEqual([]);
  expect(await holdList(api.store.lists).entries()).toEqual([]);
  expect(await (await release()).json()).toEqual({ released: [] });
});

test("the same request again is the same hold; another one is in conflict until the first is over", async () => {
  const key = { headers: { "Idempotency-Key": "k1" } };
  const first = await hold(key);
  expect(await hold(key)).toEqual(first);
  expect(await problemOf(await ask(ALICE, { body: { seconds: 60 } }))).toBe("409 on-hold");
  at(64);
  expect(await problemOf(await ask(ALICE, { body: { seconds: 60 } }))).toBe("409 on-hold");
  at(2);
  expect((await hold()).id).not.toBe(first.id);
});

test("a hold is renewed by its id, and by no other", async () => {
  const { id, until } = await hold();
  at(30);
  const renewed = await hold({ headers: { "If-Match": `"${id}"` } });
  expect(renewed.id).toBe(id);
  expect(renewed.until > until).toBe(true);
  expect((await api.store.get("uuid-alice"))?.hold).toMatchObject({ id, gen: 1 });
  const other = await ask(ALICE, { body: { seconds: 60 }, headers: { "If-Match": "another" } });
  expect(await problemOf(other)).toBe("412 hold-ended");
});

test("once the sync has written another mail host the hold is over, for whoever renews or releases it", async () => {
  const { id } = await hold();
  await put(api.store, [entryOf("alice", { mailHost: ["store2"], version: "2" })]);
  expect((await listed()).accounts).toEqual([]);
  const renewed = await ask(ALICE, { body: { seconds: 60 }, headers: { "If-Match": id } });
  expect(await problemOf(renewed)).toBe("412 hold-ended");
  // It still is in the list, so that this may be the release of one that was not announced.
  expect((await release({ "If-Match": id })).status).toBe(200);
  expect(await problemOf(await release({ "If-Match": id }))).toBe("412 hold-ended");
});

test("somebody else's hold is released by its id only, or by *", async () => {
  const held = await api.store.get("uuid-alice");
  if (held === undefined) throw new Error("no entry");
  const accounts = accountHolds(api.store, holdList(api.store.lists));
  const begin = () => accounts.begin(held, { id: "h1", by: "mover", why: "move", seconds: 60 });
  await begin();
  expect(await problemOf(await release())).toBe("409 on-hold");
  expect(await problemOf(await release({ "If-Match": "h2" }))).toBe("412 hold-ended");
  expect(await (await release({ "If-Match": "h1" })).json()).toEqual({ released: ["h1"] });
  const again = (await api.store.get("uuid-alice")) ?? held;
  await accounts.begin(again, { id: "h2", by: "mover", why: "move", seconds: 60 });
  expect(await (await release({ "If-Match": "*" })).json()).toEqual({ released: ["h2"] });
});

test("any process clears a hold that is over, not before its margin, and announces that", async () => {
  await hold();
  await announced();
  const other = accountHolds(api.store, holdList(api.store.lists));
  at(64);
  await other.clearOver();
  expect((await api.store.get("uuid-alice"))?.hold).toBeDefined();
  at(2);
  await other.clearOver();
  expect((await api.store.get("uuid-alice"))?.hold).toBeUndefined();
  expect(await announced()).toHaveLength(1);
  await other.clearOver();
  expect(await announced()).toEqual([]);
});

test("a release that could not be announced is announced by whoever looks next", async () => {
  await hold();
  await announced();
  const lost = { append: () => Promise.reject(new StoreError("unreachable", "away")) };
  const { store } = api;
  const away = accountHolds(
    {
      get: store.get,
      swapHold: store.swapHold,
      changes: { ...store.changes, ...lost },
    },
    holdList(store.lists),
  );
  const entry = await store.get("uuid-alice");
  if (entry === undefined) throw new Error("no entry");
  await expect(away.release(entry, undefined, "admin")).rejects.toThrow("away");
  expect(await announced()).toEqual([]);
  at(70);
  await accountHolds(store, holdList(store.lists)).clearOver();
  expect(await announced()).toHaveLength(1);
});

test("an entry that is gone leaves nothing on the list", async () => {
  await hold();
  await remove(api.store, ["uuid-alice"]);
  expect((await listed()).accounts).toEqual([]);
  at(70);
  await accountHolds(api.store, holdList(api.store.lists)).clearOver();
  expect(await holdList(api.store.lists).entries()).toEqual([]);
});

test("a store on hold is listed until it is released, or is over; a user's page shows it", async () => {
  const path = "/v1/stores/store2/hold";
  const { id } = HeldStore.parse(await (await ask(path, { body: { seconds: 60 } })).json());
  expect((await listed()).stores).toMatchObject([{ id, store: "store2", why: "ticket 1" }]);
  expect(await problemOf(await ask(path, { body: { seconds: 60 } }))).toBe("409 on-hold");
  expect(await (await api.get("/v1/users/bob", "support")).json()).toMatchObject({
    hold: { id, store: "store2" },
  });
  expect(await (await api.get("/v1/users/alice", "support")).json()).not.toHaveProperty("hold");
  const renewed = await ask(path, { body: { seconds: 600 }, headers: { "If-Match": id } });
  expect(renewed.status).toBe(200);
  const holds = storeHolds(holdList(api.store.lists), api.questions);
  at(70);
  await holds.clearOver();
  expect((await listed()).stores).toHaveLength(1);
  at(600);
  await holds.clearOver();
  expect((await listed()).stores).toEqual([]);
  expect(await (await ask(path, { method: "DELETE" })).json()).toMatchObject({ released: [] });
});

test("only admin may hold, and every action is in the audit with its reason", async () => {
  for (const scope of ["support", "edge"] as const)
    expect(await problemOf(await ask(ALICE, { body: { seconds: 60 }, headers: bearing(scope) }))).toBe(
      "403 forbidden",
    );
  expect(await problemOf(await ask(ALICE, { body: { seconds: 0 } }))).toBe("400 bad-request");
  expect(await problemOf(await ask("/v1/users/nobody/hold", { body: { seconds: 60 } }))).toBe(
    "404 unknown-user",
  );
  await hold();
  await release();
  const audit = (await (await api.get("/v1/audit", "admin")).json()) as { entries: object[] };
  expect(audit.entries).toMatchObject([
    { action: "release", target: "alice@example.com", why: "ticket 1", by: "admin" },
    { action: "hold", target: "alice@example.com", why: "ticket 1", by: "admin" },
  ]);
});
