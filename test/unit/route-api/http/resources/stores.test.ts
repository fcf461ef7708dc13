import { afterEach, beforeEach, expect, test } from "vitest";
import type { Edge, Heartbeat } from "../../../../../route-api/contract/edges.ts";
import { StoreList } from "../../../../../route-api/contract/stores.ts";
import { noteHeartbeat } from "../../../../../route-api/http/resources/edges/known-edges.ts";
import { summarizeStores } from "../../../../../route-api/http/resources/stores/summarize-stores.ts";
import { heartbeat } from "../../../../support/heartbeat.ts";
import { problemOf, type TestApi, testApi } from "../support.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});
afterEach(() => api.close());

const line = (
  store: string,
  more: Partial<Heartbeat["stores"][number]> = {},
): Heartbeat["stores"][number] => ({
  store,
  sessions: 0,
  logins: 0,
  failures: 0,
  failing: [],
  ...more,
});
const BEAT = heartbeat();

test("stores are summed over edges, by name", async () => {
  const stores = [
    line("store2", { sessions: 5, logins: 60, failing: ["10.0.0.2:143"] }),
    line("store1", { sessions: 1, failures: 3 }),
    line("", { failures: 6 }),
  ];
  await noteHeartbeat(api.store.lists, "a", { ...BEAT, stores });
  await noteHeartbeat(api.store.lists, "b", {
    ...BEAT,
    periodSeconds: 10,
    stores: [line("store2", { sessions: 2, logins: 10, failing: ["10.0.0.2:143", "10.0.0.3:143"] })],
  });
  const found = StoreList.parse(await (await api.get("/v1/stores", "support")).json());
  expect(found).toEqual({
    stores: [
      { store: "store1", sessions: 1, loginsPerSecond: 0, failuresPerSecond: 0.1, failing: [] },
      {
        store: "store2",
        sessions: 7,
        loginsPerSecond: 3,
        failuresPerSecond: 0,
        failing: [
          { host: "10.0.0.2:143", edges: ["a", "b"] },
          { host: "10.0.0.3:143", edges: ["b"] },
        ],
      },
    ],
    otherFailuresPerSecond: 0.2,
    silent: [],
  });
});

test("silent edges are named, not counted; a first heartbeat has no rate", () => {
  const edge = (name: string, more: Partial<Edge>): Edge => ({
    ...BEAT,
    edge: name,
    state: "running",
    seenAt: BEAT.startedAt,
    differs: [],
    stores: [line("store1", { sessions: 3, logins: 7 })],
    ...more,
  });
  expect(summarizeStores([edge("a", { periodSeconds: 0 }), edge("b", { state: "silent" })])).toEqual({
    stores: [{ store: "store1", sessions: 3, loginsPerSecond: 0, failuresPerSecond: 0, failing: [] }],
    otherFailuresPerSecond: 0,
    silent: ["b"],
  });
});

test("edges may not look", async () => {
  expect(await problemOf(await api.get("/v1/stores", "edge"))).toBe("403 forbidden");
});
