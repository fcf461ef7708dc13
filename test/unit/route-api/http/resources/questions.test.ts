import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Answer, Question } from "../../../../../route-api/contract/questions.ts";
import { type SessionInfo, Sessions } from "../../../../../route-api/contract/sessions.ts";
import { noteHeartbeat } from "../../../../../route-api/http/resources/edges/known-edges.ts";
import { createQuestionBoard } from "../../../../../route-api/http/resources/questions/question-board.ts";
import { mergeSessions } from "../../../../../route-api/http/resources/sessions/merge-sessions.ts";
import { openSqlite } from "../../../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../../../route-api/store/store.ts";
import { heartbeat } from "../../../../support/heartbeat.ts";
import { bearing, problemOf, quiet, type TestApi, testApi } from "../support.ts";

/** Two processes of the API over one store: edges poll either. */
let store: RouteStore;
let one: TestApi;
let two: TestApi;
/** Ends the edges of a test. */
const following: (() => void)[] = [];
beforeEach(async () => {
  store = openSqlite(":memory:");
  [one, two] = [await testApi({ store }), await testApi({ store })];
});
afterEach(async () => {
  for (const stop of following.splice(0)) stop();
  // Both would close the store.
  await one.close();
  await two.close().catch(() => {});
});

/** Has the first API wait for answers only briefly, where an edge will not answer. */
async function impatient(): Promise<void> {
  one.questions.close();
  one = await testApi({
    store,
    questions: createQuestionBoard({ store, ttlMs: 300, log: quiet }),
  });
}

const BEAT = heartbeat();

const session = (sid: string, edge: string, second: number): SessionInfo => ({
  sid,
  edge,
  instance: "main",
  protocol: "imap",
  stage: "relay",
  client: "192.0.2.1:1",
  since: `2026-11-27T10:00:${String(second).padStart(2, "0")}.000Z`,
  bytesFromClient: 0,
  bytesFromStore: 0,
});

const put = (api: TestApi, path: string, body: unknown): Promise<Response> =>
  Promise.resolve(
    api.app.request(path, {
      method: "PUT",
      headers: { ...bearing("edge"), "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

/** An edge that polls an API until it has answered `questions` of them; returns what it was asked. */
async function edge(
  name: string,
  api: TestApi,
  answer: (question: Question) => Answer | undefined,
  answerAt = api,
): Promise<Question[]> {
  await noteHeartbeat(store.lists, name, BEAT);
  const asked: Question[] = [];
  let running = true;
  let [after, asks] = ["", ""];
  const poll = async (wait: number): Promise<Question[]> => {
    const from = after === "" ? "" : `after=${after}&`;
    const response = await api.get(`/v1/changes?${from}wait=${wait}&asks=${asks}&edge=${name}`);
    const { cursor, asks: found } = (await response.json()) as {
      cursor: string;
      asks: { cursor: string; questions: Question[] };
    };
    [after, asks] = [cursor, found.cursor];
    return found.questions;
  };
  await poll(0);
  void (async () => {
    while (running) {
      for (const question of await poll(0.2)) {
        asked.push(question);
        const said = answer(question);
        if (said !== undefined) await put(answerAt, `/v1/questions/${question.id}/answers/${name}`, said);
      }
    }
  })().catch(() => {});
  following.push(() => {
    running = false;
  });
  return asked;
}

const listing = (own: SessionInfo[]) => (): Answer => ({
  ask: "sessions",
  sessions: own,
  total: own.length,
  more: false,
});
const list = async (api: TestApi, query = ""): Promise<Sessions> =>
  Sessions.parse(await (await api.get(`/v1/sessions${query}`, "support")).json());

test("edges that poll different processes answer one question; who has nothing to say only polls on", async () => {
  const edges = [
    await edge("a", one, listing([session("a-1", "a", 1)])),
    await edge("b", two, listing([session("b-1", "b", 2)]), one),
    await edge("c", two, () => undefined),
  ];
  const found = await list(one, "?store=store1");
  expect(found.sessions.map(({ sid }) => sid)).toEqual(["b-1", "a-1"]);
  expect(found).toMatchObject({ total: 2, edges: { asked: 3, answered: 3, silent: [] } });
  expect(edges.map((asked) => asked.map(({ ask, selection }) => [ask, selection]))).toEqual(
    edges.map(() => [["sessions", { store: "store1", limit: "100" }]]),
  );
});

test("an edge that reads but whose answer is not accepted yet has not acknowledged", async () => {
  await impatient();
  await noteHeartbeat(store.lists, "mute", BEAT);
  const first = await one.get("/v1/changes?asks=&edge=mute");
  const { cursor, asks } = (await first.json()) as { cursor: string; asks: { cursor: string } };
  const asking = list(one);
  const read = await one.get(`/v1/changes?after=${cursor}&asks=${asks.cursor}&edge=mute&wait=2`);
  expect(((await read.json()) as { asks: { questions: unknown[] } }).asks.questions).toHaveLength(1);
  expect((await asking).edges).toEqual({ asked: 1, answered: 0, silent: ["mute"] });
});

test("equal reads share a question, others do not; a kick never does", async () => {
  const asked = await edge("a", one, () => undefined);
  await Promise.all([list(one), list(one), list(one, "?store=x")]);
  expect(asked.map(({ ask }) => ask)).toEqual(["sessions", "sessions"]);
  const kick = () => one.post("/v1/users/alice/kick", { why: "x" }, "admin");
  const answers = await Promise.all([kick(), kick()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const ids = asked.filter(({ ask }) => ask === "kick").map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});

test("a key makes the same request the same question, and another request another one", async () => {
  const asked = await edge("a", one, () => undefined);
  const kick = (login: string, why = "x") =>
    one.app.request(`/v1/users/${login}/kick`, {
      method: "POST",
      headers: { ...bearing("admin"), "Content-Type": "application/json", "Idempotency-Key": "ticket-1" },
      body: JSON.stringify({ why }),
    });
  for (const login of ["alice", "alice", "bob"]) expect((await kick(login)).status).toBe(200);
  const [first, second, third] = asked.map(({ id }) => id);
  expect(first).toBe(second);
  expect(first).not.toBe(third);
});

test("more than ten questions at a time are refused", async () => {
  await impatient();
  await noteHeartbeat(store.lists, "mute", BEAT);
  const answers = await Promise.all(
    Array.from({ length: 11 }, (_, index) => one.get(`/v1/sessions?store=s${index}`, "support")),
  );
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused).toHaveLength(1);
  expect(await problemOf(refused[0] as Response)).toBe("503 overloaded");
});

test("an answer that nobody waits for is refused", async () => {
  const said = await put(one, "/v1/questions/nobodys/answers/a", { ask: "kick", kicked: 1 });
  expect(await problemOf(said)).toBe("410 question-closed");
});

test("silent edges are not waited for, but named", async () => {
  const stale = { ...BEAT, seenMs: Date.now() - 100_000 };
  await store.lists.put("EDGES", "gone", stale, 60);
  const startedMs = performance.now();
  expect((await list(one)).edges).toEqual({ asked: 1, answered: 0, silent: ["gone"] });
  expect(performance.now() - startedMs).toBeLessThan(5000);
});

test("a question that is asked while its feed was idle reaches an edge that polls on", async () => {
  await edge("a", two, listing([session("a-1", "a", 1)]));
  await pause(50);
  const board = createQuestionBoard({ store, ttlMs: 10_000, log: quiet });
  const { answers } = await board.ask({ ask: "sessions", selection: {} });
  expect([...answers.keys()]).toEqual(["a"]);
  board.close();
});

test("pages of several edges leave nothing out", () => {
  const at = (edgeName: string, seconds: number[]) =>
    seconds.map((s) => session(`${edgeName}-${s}`, edgeName, s));
  const merged = mergeSessions(
    [
      { ask: "sessions", sessions: at("a", [9, 7, 5]), total: 10, more: true },
      { ask: "sessions", sessions: at("b", [8, 3]), total: 2, more: false },
    ],
    10,
  );
  // What a has behind 5 may be newer than 3.
  expect(merged.sessions.map(({ sid }) => sid)).toEqual(["a-9", "b-8", "a-7", "a-5"]);
  expect(merged).toMatchObject({ total: 12, cursor: "2026-11-27T10:00:05.000Z~a-5" });
  const last = mergeSessions([{ ask: "sessions", sessions: at("b", [8, 3]), total: 2, more: false }], 2);
  expect(last.cursor).toBeUndefined();
  const cut = mergeSessions([{ ask: "sessions", sessions: at("b", [8, 3]), total: 2, more: false }], 1);
  expect(cut.cursor).toBe("2026-11-27T10:00:08.000Z~b-8");
});
