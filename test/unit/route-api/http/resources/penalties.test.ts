import { afterEach, beforeEach, expect, test } from "vitest";
import { Audit } from "../../../../../route-api/contract/audit.ts";
import { Changes } from "../../../../../route-api/contract/changes.ts";
import { Penalties, type Penalty } from "../../../../../route-api/contract/penalties.ts";
import type { Question } from "../../../../../route-api/contract/questions.ts";
import { mergePenalties } from "../../../../../route-api/http/resources/penalties/find-penalties.ts";
import { createRecentAnnouncements } from "../../../../../route-api/http/resources/questions/recent-announcements.ts";
import { put } from "../../../../support/writes.ts";
import { entryOf, problemOf, type TestApi, type TestScope, testApi } from "../support.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
  await put(api.store, [entryOf("alice")]);
});
afterEach(() => api.close());

const asksFrom = async (cursor: string): Promise<NonNullable<Changes["asks"]>> => {
  const response = await api.get(`/v1/changes?after=&wait=0&asks=${cursor}&edge=host:2`);
  const { asks } = Changes.parse(await response.json());
  if (asks === undefined) throw new Error("no questions");
  return asks;
};
const ANNOUNCED = [
  { instance: "main", client: "192.0.2.7", failures: 6, lift: "lift-1" },
  { instance: "main", client: "192.0.2.7", user: "alice" },
];
const announce = (scope?: TestScope): Promise<Response> =>
  api.send("PUT", "/v1/edges/host:1/penalties/batch-1", { penalties: ANNOUNCED }, scope);

test("what an edge announces reaches the others, and those that begin later, with its age", async () => {
  const { cursor } = await asksFrom("");
  expect((await announce()).status).toBe(204);
  const { questions } = await asksFrom(cursor);
  expect(questions.map(({ ask, selection }) => [ask, selection])).toEqual([
    ["penalty", { edge: "host:1", instance: "main", client: "192.0.2.7", failures: "6", lift: "lift-1" }],
    ["penalty", { edge: "host:1", instance: "main", client: "192.0.2.7", user: "alice" }],
  ]);
  let newcomers: Question[] = [];
  await expect.poll(async () => (newcomers = (await asksFrom("")).questions)).toHaveLength(1);
  expect(newcomers[0]?.selection).toMatchObject({ client: "192.0.2.7", failures: "6", ageSeconds: "0" });
  // Nobody acknowledges it.
  expect(await api.store.lists.read("ANSWER#batch-1-0")).toEqual([]);
});

test("lifting is in the audit, by the account", async () => {
  const lifted = await api.send(
    "DELETE",
    "/v1/penalties?login=ALICE&client=192.0.2.7",
    { why: "ticket 1" },
    "admin",
  );
  expect(Penalties.parse(await lifted.json())).toEqual({
    penalties: [],
    edges: { asked: 0, answered: 0, silent: [] },
  });
  const { entries } = Audit.parse(await (await api.get("/v1/audit", "support")).json());
  expect(entries).toMatchObject([
    { action: "lift-penalties", target: "alice@example.com 192.0.2.7", why: "ticket 1" },
  ]);
});

test.each<[string, () => Promise<Response>, string]>([
  ["only edges announce: not support", () => announce("support"), "403 forbidden"],
  ["only edges announce: not admins", () => announce("admin"), "403 forbidden"],
  [
    "support may not lift",
    () => api.send("DELETE", "/v1/penalties?login=a", { why: "x" }, "support"),
    "403 forbidden",
  ],
  ["edges may not lift", () => api.send("DELETE", "/v1/penalties?login=a", { why: "x" }), "403 forbidden"],
  [
    "lifting needs a reason",
    () => api.send("DELETE", "/v1/penalties?login=a", {}, "admin"),
    "400 bad-request",
  ],
  ["somebody is to be named", () => api.get("/v1/penalties", "support"), "400 bad-request"],
])("%s", async (_, request, problem) => {
  expect(await problemOf(await request())).toBe(problem);
});

test("equal penalties of several edges are one, with the longest delay", () => {
  const penalty = (more: Partial<Penalty>): Penalty => ({
    instance: "main",
    client: "192.0.2.7",
    failures: 1,
    delaySeconds: 2,
    ...more,
  });
  const answer = (...penalties: Penalty[]) => ({ ask: "penalties" as const, penalties });
  expect(
    mergePenalties(
      new Map([
        ["a", answer(penalty({}))],
        ["b", answer(penalty({ failures: 3, delaySeconds: 8 }), penalty({ user: "alice" }))],
      ]),
    ),
  ).toEqual([
    penalty({ failures: 3, delaySeconds: 8, ...{ edges: ["a", "b"] } }),
    penalty({ user: "alice", ...{ edges: ["b"] } }),
  ]);
});

test("what is remembered for newcomers is the latest of each, for a while, until penalties are lifted", () => {
  let nowMs = 0;
  const recent = createRecentAnnouncements(() => nowMs);
  const announced = (client: string, failures: string, ask = "penalty", lift?: string): Question => ({
    id: "q",
    ask,
    selection: { instance: "main", client, failures, ...(lift === undefined ? {} : { lift }) },
    ttlMs: 1,
  });
  const told = () =>
    recent.all().map(({ selection: { client, failures, ageSeconds } }) => [client, failures, ageSeconds]);
  recent.read([announced("a", "6"), announced("b", "6"), announced("a", "9")]);
  nowMs = 60_000;
  expect(told()).toEqual([
    ["b", "6", "60"],
    ["a", "9", "60"],
  ]);
  recent.read([announced("b", "0"), announced("c", "6")]);
  nowMs = 1_810_000;
  expect(told()).toEqual([["c", "6", "1750"]]);
  recent.read(undefined);
  recent.read([announced("", "", "lift")]);
  expect(recent.all().map(({ ask }) => ask)).toEqual(["lift"]);
  // It was under way when they were lifted; the other edge had read that.
  recent.read([announced("d", "6"), announced("e", "6", "penalty", "q")]);
  // Edges that begin now must know of the lift, too: what was announced before it may still come.
  expect(recent.all().map(({ ask }) => ask)).toEqual(["lift", "penalty"]);
  expect(told().slice(1)).toEqual([["e", "6", "0"]]);
  nowMs += 60_000;
  recent.read(Array.from({ length: 2000 }, (_, bot) => announced(`bot${bot}`, "6")));
  expect(told()).toHaveLength(200);
});
