import pino from "pino";
import { expect, test } from "vitest";
import type { Report } from "../../../../edge-proxy/api-client/reports.ts";
import { Kicks } from "../../../../edge-proxy/guard/kicks.ts";
import { type AnswererOptions, QuestionAnswerer } from "../../../../edge-proxy/observe/questions.ts";
import { SessionHistory } from "../../../../edge-proxy/observe/session-history.ts";
import type { LiveSession } from "../../../../edge-proxy/observe/session-registry.ts";
import type { AnswerTo } from "../../../../route-api/contract/questions.ts";
import { HandWheel } from "../routing/api-double.ts";
import { liveSession } from "./live.ts";

function start(
  live: readonly LiveSession[],
  explain: AnswererOptions["explain"] = () => Promise.resolve(undefined),
) {
  const timers = new HandWheel();
  const sent: Report[] = [];
  const kicks = new Kicks();
  const history = new SessionHistory(1_000_000);
  const forgotten: string[] = [];
  const asked: unknown[] = [];
  const answerer = new QuestionAnswerer({
    edge: "host:1",
    timers,
    sessions: { all: () => live },
    history,
    kept: { forget: (account) => void forgotten.push(account) },
    kicks,
    traces: { asked: ({ trace }) => trace !== "refused" },
    explain,
    penalties: (what, selection) => {
      asked.push([what, selection]);
      return selection.client === undefined ? undefined : { ask: what, penalties: [] };
    },
    penaltyAnnounced: ({ selection }) => void asked.push(["announced", selection]),
    probe: () => Promise.resolve({ ask: "probe", probes: [] }),
    send: (report) => sent.push(report),
    log: pino({ enabled: false }),
  });
  const events: string[] = [];
  const ask = (id: string, what: string, selection: Record<string, string> = {}): void =>
    answerer.asked([{ id, ask: what, selection, ttlMs: 1000 }], () => events.push(`${id} answered`));
  return { timers, sent, kicks, history, forgotten, asked, answerer, events, ask };
}

const sentBody = (report: Report | undefined): unknown => JSON.parse(report?.body ?? "null");

test("a question is answered when the API has accepted the answer", () => {
  const { sent, events, ask } = start([liveSession({ store: "store1" })]);
  ask("q1", "sessions", { store: "store1" });
  expect(sent.map(({ path, seconds }) => [path, seconds])).toEqual([
    ["/v1/questions/q1/answers/host%3A1", 1],
  ]);
  expect(events).toEqual([]);
  sent[0]?.settled(true);
  expect(events).toEqual(["q1 answered"]);
});

test.each([
  ["nothing fits", "sessions", { store: "other" }],
  ["nothing fits the kick", "kick", { account: "nobody" }],
  ["a kick names nothing", "kick", {}],
  ["the question is of a later version", "later", {}],
])("where %s, nothing is sent", (_, what, selection) => {
  const session = liveSession({ store: "store1" });
  const { sent, events, ask } = start([session]);
  ask("q1", what, selection);
  expect(sent).toEqual([]);
  expect(events).toEqual(["q1 answered"]);
  expect(session.stops).toEqual([]);
});

test("a kick ends what fits, marks the account, and has no second effect within five minutes", () => {
  const alice = liveSession({ account: "alice" });
  const inLogin = liveSession({ account: "alice" }, "login");
  const closing = liveSession({ account: "alice" }, "closing");
  const bob = liveSession({ account: "bob" });
  const { timers, sent, kicks, ask } = start([alice, inLogin, closing, bob]);
  ask("k1", "kick", { account: "alice" });
  expect([alice, inLogin, closing, bob].map(({ stops }) => stops)).toEqual([["kicked"], ["kicked"], [], []]);
  expect(sentBody(sent[0])).toEqual({ ask: "kick", kicked: 2 });
  expect(kicks.since(0, "alice", undefined)).toBe(true);
  timers.turn(299);
  ask("k1", "kick", { account: "alice" });
  expect(sentBody(sent[1])).toEqual({ ask: "kick", kicked: 2 });
  expect(alice.stops).toEqual(["kicked"]);
  timers.turn(2);
  ask("k1", "kick", { account: "alice" });
  expect(alice.stops).toEqual(["kicked", "kicked"]);
});

test("a kick leaves logins that wait for a hold alone, unless it names the session; others begin anew where they can", () => {
  const held = liveSession({ account: "alice" }, "held");
  const inLogin = { ...liveSession({ account: "alice" }, "login"), retract: () => true };
  const { sent, ask } = start([held, inLogin]);
  ask("k1", "kick", { account: "alice" });
  expect([held.stops, inLogin.stops]).toEqual([[], []]);
  expect(sentBody(sent[0])).toEqual({ ask: "kick", kicked: 1 });
  ask("k2", "kick", { sid: held.record.sid });
  ask("k3", "kick", { sid: inLogin.record.sid });
  expect([held.stops, inLogin.stops]).toEqual([["kicked"], ["kicked"]]);
});

test("after a gap in the questions the sessions of accounts on hold end, and their logins in progress", () => {
  const alice = liveSession({ account: "alice" });
  const bob = liveSession({ account: "bob" });
  const { answerer, kicks } = start([alice, bob]);
  answerer.missed(["alice"]);
  expect([alice.stops, bob.stops]).toEqual([["kicked"], []]);
  expect(kicks.since(0, "alice", undefined)).toBe(true);
});

test("what is known of an account is forgotten, and nothing else", () => {
  const { sent, history, forgotten, ask } = start([]);
  for (const account of ["Alice", "bob"]) history.add(liveSession({ account }).record, "client-closed", 1);
  ask("f1", "forget", { account: "alice" });
  expect(sentBody(sent[0])).toEqual({ ask: "forget", forgotten: 1 });
  ask("f2", "forget", { account: "alice" });
  ask("f3", "forget", {});
  expect(sent).toHaveLength(1);
  expect(forgotten).toEqual(["alice", "alice"]);
  expect([...history.newestFirst()].map(({ record: { account } }) => account)).toEqual(["bob"]);
});

test("penalties are told and lifted; an announced one is heard each time, and neither answered nor remembered", () => {
  const { sent, asked, events, ask } = start([]);
  ask("p1", "penalties", { client: "192.0.2.7" });
  ask("p2", "lift", { client: "192.0.2.7" });
  ask("p2", "lift", { client: "192.0.2.7" });
  for (let times = 0; times < 2; times++) ask("p3", "penalty", { client: "192.0.2.7" });
  expect(sent.map(sentBody)).toEqual([
    { ask: "penalties", penalties: [] },
    ...Array.from({ length: 2 }, () => ({ ask: "lift", penalties: [] })),
  ]);
  expect(asked.map((each) => (each as string[])[0])).toEqual(["penalties", "lift", "announced", "announced"]);
  expect(events).toEqual(["p3 answered", "p3 answered"]);
});

test("a kick over a time ends equal shares", () => {
  const many = Array.from({ length: 10 }, () => liveSession({ store: "store1" }));
  const { timers, sent, ask } = start(many);
  const ended = (): number => many.filter(({ stops }) => stops.length > 0).length;
  ask("k1", "kick", { store: "store1", overSeconds: "0.5" });
  expect(sentBody(sent[0])).toEqual({ ask: "kick", kicked: 10 });
  const seen = [ended()];
  for (let step = 0; step < 5; step++) {
    timers.turn(0.1);
    seen.push(ended());
  }
  expect(seen).toEqual([2, 4, 6, 8, 10, 10]);
  // The question is remembered for a while, and nothing else.
  expect(timers.waiting).toBe(1);
});

test("one answer that is late does not keep the others, but the next poll", () => {
  const { sent, answerer, events } = start([liveSession()]);
  const question = (id: string) => ({ id, ask: "sessions", selection: {}, ttlMs: 1000 });
  answerer.asked([question("a"), question("b")], () => events.push("answered"));
  sent[1]?.settled(true);
  expect(events).toEqual([]);
  sent[0]?.settled(false);
  expect(events).toEqual(["answered"]);
});

test("an answer that takes a while does not keep the next poll, and is sent once", async () => {
  const answer: AnswerTo<"explain"> = {
    ask: "explain",
    edge: "host:1",
    instance: "main",
    protocol: "imap",
    steps: [],
  };
  const coming = Promise.withResolvers<AnswerTo<"explain">>();
  const asked: unknown[] = [];
  const { sent, events, ask } = start([], (selection) => {
    asked.push(selection);
    return coming.promise;
  });
  ask("q1", "explain", { login: "alice" });
  ask("q1", "explain", { login: "alice" });
  expect([asked, events, sent]).toEqual([[{ login: "alice" }], ["q1 answered", "q1 answered"], []]);
  coming.resolve(answer);
  await coming.promise;
  expect(sent.map(sentBody)).toEqual([answer]);
});

test("where it fails, or another edge is asked, nothing is sent", async () => {
  const { sent, events, ask } = start([], ({ login }) =>
    login === "fails" ? Promise.reject(new Error("no")) : Promise.resolve(undefined),
  );
  ask("q1", "explain", { login: "fails" });
  ask("q2", "explain", { login: "alice" });
  await new Promise(setImmediate);
  expect([events, sent]).toEqual([["q1 answered", "q2 answered"], []]);
});

test("answers that nobody asks for any more are forgotten, even if no other question comes", () => {
  const { timers, answerer, ask } = start([liveSession({ store: "store1" })]);
  ask("q1", "sessions", { store: "store1" });
  timers.turn(200);
  ask("q2", "sessions", { store: "store1" });
  timers.turn(200);
  expect(answerer.size).toBe(1);
  timers.turn(400);
  expect(answerer.size).toBe(0);
  expect(timers.waiting).toBe(0);
});
