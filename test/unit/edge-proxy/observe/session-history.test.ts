import { expect, test } from "vitest";
import { tellHistory } from "../../../../edge-proxy/observe/answers/tell-history.ts";
import { SessionHistory } from "../../../../edge-proxy/observe/session-history.ts";
import type { SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { Answer } from "../../../../route-api/contract/questions.ts";
import { liveSession } from "./live.ts";

const record = (fields: Partial<SessionRecord>): SessionRecord => liveSession(fields).record;

function remembered(...records: Partial<SessionRecord>[]): SessionHistory {
  const history = new SessionHistory(1_000_000);
  records.forEach((fields, index) => {
    history.add(record(fields), "client-closed", index);
  });
  return history;
}
const logins = (history: SessionHistory, selection: Record<string, string>): (string | undefined)[] =>
  tellHistory("host:1", history, selection)?.sessions.map(({ login }) => login) ?? [];

test("the newest are kept, within the bytes", () => {
  const history = new SessionHistory(8000);
  for (let each = 0; each < 100; each++) history.add(record({ login: `user${each}` }), "client-closed", each);
  expect(history.size).toBe(10);
  expect([...history.newestFirst()].map(({ record: { login } }) => login)).toEqual(
    Array.from({ length: 10 }, (_, index) => `user${99 - index}`),
  );
  history.limitBytes = 0;
  history.add(record({ login: "last" }), "client-closed", 100);
  expect(history.size).toBe(0);
  expect([...history.newestFirst()]).toEqual([]);
});

test("long failures take their room", () => {
  const history = new SessionHistory(8000);
  const failures = [{ code: "store-refused" as const, detail: "x".repeat(7000) }];
  history.add(record({ login: "a", failures }), "client-closed", 1);
  history.add(record({ login: "b" }), "client-closed", 2);
  expect(history.size).toBe(1);
});

test("who never tried to log in is not remembered", () => {
  expect(remembered({}, { login: "a" }, { account: "b" }, { failures: [] }).size).toBe(3);
});

test.each<[string, Record<string, string>, string[]]>([
  ["an account", { account: "alice@x.com" }, ["alice"]],
  ["a name that was tried, whatever came of it", { account: "alcie" }, ["alcie"]],
  ["a name tried earlier in the session", { account: "first" }, ["second"]],
  ["a client network", { client: "198.51.100.0/24" }, ["second"]],
  ["what is no network", { client: "x" }, []],
  ["nothing at all", {}, []],
])("tells of %s", (_, selection, expected) => {
  const history = remembered(
    { login: "alice", account: "Alice@x.com" },
    { login: "alcie", failures: [{ code: "unknown-user", login: "alcie" }] },
    { login: "second", clientAddress: "198.51.100.7", failures: [{ code: "unknown-user", login: "first" }] },
  );
  expect(logins(history, selection)).toEqual(expected);
});

test("an answer has why each login failed, keeps to the contract and to its size", () => {
  const failures = [
    { code: "store-refused" as const, login: "alice", store: "store1", detail: "x".repeat(2000) },
    { code: "unknown-user" as const },
  ];
  const history = remembered(...Array.from({ length: 150 }, () => ({ login: "alice", failures })));
  const answer = Answer.parse(tellHistory("host:1", history, { account: "alice" }));
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(60_100);
  if (answer.ask !== "history") throw new Error("another answer");
  expect(answer.sessions.length).toBeGreaterThan(50);
  expect(answer.sessions[0]).toMatchObject({
    reason: "client-closed",
    endedAt: new Date(performance.timeOrigin + 149).toISOString(),
    failures: [
      { code: "store-refused", login: "alice", store: "store1", detail: "x".repeat(500) },
      { code: "unknown-user" },
    ],
  });
});
