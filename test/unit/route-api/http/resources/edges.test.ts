import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Edge, Edges } from "../../../../../route-api/contract/edges.ts";
import { withDifferences } from "../../../../../route-api/http/resources/edges/known-edges.ts";
import { heartbeat } from "../../../../support/heartbeat.ts";
import { bearing, problemOf, type TestApi, testApi } from "../support.ts";

let api: TestApi;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  api = await testApi();
});
afterEach(async () => {
  vi.useRealTimers();
  await api.close();
});

const BEAT = heartbeat({
  instances: [{ instance: "main", protocol: "imap", sessions: 2 }],
  stores: [{ store: "store1", sessions: 2, logins: 5, failures: 1, failing: [] }],
});

const beat = (edge: string, more: object = {}, scope: "edge" | "admin" = "edge") =>
  api.app.request(`/v1/edges/${edge}`, {
    method: "PUT",
    headers: { ...bearing(scope), "Content-Type": "application/json" },
    body: JSON.stringify({ ...BEAT, ...more }),
  });
const list = async (): Promise<Edge[]> =>
  Edges.parse(await (await api.get("/v1/edges", "support")).json()).edges;
const passes = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000);

test("an edge is listed as it last said of itself, until it ends", async () => {
  expect(await list()).toEqual([]);
  expect((await beat("host:1")).status).toBe(204);
  await beat("host:1", { sessions: 3, state: "draining" });
  const { state: _, ...rest } = BEAT;
  expect(await list()).toEqual([
    {
      ...rest,
      edge: "host:1",
      sessions: 3,
      state: "draining",
      seenAt: new Date().toISOString(),
      differs: [],
    },
  ]);
  await beat("host:1", { state: "ended" });
  expect(await list()).toEqual([]);
});

test("one that is silent is called so, and forgotten in the end", async () => {
  await beat("host:1");
  passes(74);
  expect((await list()).map(({ state }) => state)).toEqual(["running"]);
  passes(2);
  expect((await list()).map(({ state }) => state)).toEqual(["silent"]);
  passes(230);
  expect(await list()).toEqual([]);
});

test("only edges report, and only support and admin look", async () => {
  expect(await problemOf(await beat("host:1", {}, "admin"))).toBe("403 forbidden");
  expect(await problemOf(await api.get("/v1/edges", "edge"))).toBe("403 forbidden");
  expect((await api.get("/v1/edges", "admin")).status).toBe(200);
});

test.each([
  ["no name", "a%20b", {}],
  ["no digest", "host:1", { configuration: "x" }],
  ["a negative count", "host:1", { sessions: -1 }],
  ["too many lines", "host:1", { instances: Array.from({ length: 101 }, () => BEAT.instances[0]) }],
])("%s is refused", async (_, edge, more) => {
  expect(await problemOf(await beat(edge, more))).toBe("400 bad-request");
});

const edge = (name: string, more: Partial<Edge> = {}): Edge => ({
  ...BEAT,
  edge: name,
  state: "running",
  seenAt: BEAT.startedAt,
  differs: [],
  ...more,
});

test.each<[string, Edge[], Record<string, string[]>]>([
  ["alike", [edge("a"), edge("b")], { a: [], b: [] }],
  [
    "the odd one out",
    [edge("a"), edge("b", { configuration: "ba9876543210" }), edge("c")],
    { a: [], b: ["configuration"], c: [] },
  ],
  [
    "of two the older one",
    [edge("a", { version: "0.9" }), edge("b", { startedAt: "2026-11-27T11:00:00.000Z" })],
    { a: ["version"], b: [] },
  ],
  [
    "other instances are no peers",
    [edge("a"), edge("b", { configuration: "ba9876543210", instances: [] })],
    { a: [], b: [] },
  ],
])("edges that differ from their peers: %s", (_, edges, expected) => {
  expect(
    Object.fromEntries(withDifferences(edges).map(({ edge: name, differs }) => [name, differs])),
  ).toEqual(expected);
});
