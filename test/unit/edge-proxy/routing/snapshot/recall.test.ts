import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeSnapshotFile } from "../../../../../edge-proxy/routing/snapshot/file.ts";
import type { SnapshotEvent } from "../../../../../edge-proxy/routing/snapshot/keeper.ts";
import { recallRoutes } from "../../../../../edge-proxy/routing/snapshot/recall.ts";
import { Secret } from "../../../../../route-api/contract/secret.ts";
import { eventually } from "../../../../support/wait.ts";
import { aRoute, type FakeConnection, fakeTransport, HandWheel } from "../api-double.ts";

const HOLD = { id: "h1", gen: 0, by: "admin", why: "move", from: ["store1"], until: "2026-11-27T10:00:00Z" };
const alice = { ...HOLD, uuid: "uuid of alice", account: "alice", names: ["alice"], write: 7 };

/** Starts from a file with alice and bob; `answers` is the route API. */
async function recalled(
  answers: (api: FakeConnection, timers: HandWheel) => void,
  routes = ["alice", "bob"],
) {
  const path = join(mkdtempSync(join(tmpdir(), "recall-")), "routes");
  const told = routes.map((name) => ({ cache: "main ", key: name, ageMs: 0, route: aRoute(name) }));
  await writeSnapshotFile(path, told, Date.now());
  const { transport, connections } = fakeTransport();
  const timers = new HandWheel();
  const events: SnapshotEvent["is"][] = [];
  const recalling = recallRoutes(
    { path, seconds: 60 },
    { urls: ["http://127.0.0.1:1"], token: new Secret("token") },
    {
      place: { index: 0, workers: 1 },
      id: "edge-2",
      timers,
      transport,
      random: () => 0,
      report: ({ is }) => events.push(is),
    },
  );
  if (routes.length > 0) answers(await eventually(() => connections[0], "a connection"), timers);
  const keys = (await recalling).routes.map(({ key }) => key);
  return { keys, events, connections };
}

test("routes of accounts that are on hold now are forgotten before the first login", async () => {
  const { keys, events } = await recalled((api) => {
    expect(api.accept().requests).toEqual(["/v1/holds"]);
    api.answer(200, { accounts: [alice], stores: [] });
  });
  expect(keys).toEqual(["bob"]);
  expect(events).toEqual(["read"]);
});

test.each([
  ["cannot be reached", (api: FakeConnection) => api.refuse()],
  ["does not answer", (_api: FakeConnection, timers: HandWheel) => timers.turn(2.1)],
  ["fails", (api: FakeConnection) => api.accept().answer(503, {})],
])("an edge whose route API %s starts with all of them, and says so", async (_, answers) => {
  const { keys, events } = await recalled(answers);
  expect(keys).toEqual(["alice", "bob"]);
  expect(events).toEqual(["read", "holds-unread"]);
});

test("an earlier route API knows of no holds; without routes it is not asked", async () => {
  expect((await recalled((api) => api.accept().answer(404, {}))).keys).toEqual(["alice", "bob"]);
  expect((await recalled(() => {}, [])).connections).toEqual([]);
});
