import { expect, test } from "vitest";
import { listSessions } from "../../../../edge-proxy/observe/answers/list-sessions.ts";
import { Answer } from "../../../../route-api/contract/questions.ts";
import { SESSIONS_MAX, sessionCursor } from "../../../../route-api/contract/sessions.ts";
import { liveSession } from "./live.ts";

const SESSIONS = [
  liveSession({ account: "alice@x.com", login: "alice", store: "store1", tls: "TLSv1.3", startedMs: 1 }),
  liveSession({ account: "Bob@x.com", store: "store2", clientAddress: "2001:db8::7", startedMs: 2 }),
  liveSession({ login: "alice", protocol: "pop3", startedMs: 3 }, "login"),
];
const sids = (selection: Record<string, string>): string[] => {
  const answer = listSessions("host:1", SESSIONS, selection);
  return (
    answer?.sessions.map(({ sid }) => String(SESSIONS.findIndex(({ record }) => record.sid === sid))) ?? []
  );
};

test.each<[string, Record<string, string>, string]>([
  ["all, newest first", {}, "2 1 0"],
  ["an account, or the name that was given", { account: "alice" }, "2 0"],
  ["whatever its case", { account: "bob@x.com" }, "1"],
  ["a store", { store: "store1" }, "0"],
  ["an address", { client: "2001:db8::7" }, "1"],
  ["a network", { client: "192.0.2.0/24" }, "2 0"],
  ["what is no network", { client: "nonsense" }, ""],
  ["a protocol", { protocol: "pop3" }, "2"],
  ["an instance", { instance: "other" }, ""],
  ["a session", { sid: SESSIONS[1]?.record.sid ?? "" }, "1"],
  ["this edge", { edge: "host:1", store: "store2" }, "1"],
  ["another edge", { edge: "host:2" }, ""],
  ["all fields at once", { account: "alice", store: "store1" }, "0"],
])("selects %s", (_, selection, expected) => {
  expect(sids(selection).join(" ")).toBe(expected);
});

test("describes a session without a field too many", () => {
  const [session] = listSessions("host:1", [...SESSIONS].slice(0, 1), {})?.sessions ?? [];
  expect(session).toEqual({
    sid: SESSIONS[0]?.record.sid,
    edge: "host:1",
    instance: "main",
    protocol: "imap",
    stage: "relay",
    account: "alice@x.com",
    login: "alice",
    client: "192.0.2.1:4711",
    store: "store1",
    tls: "TLSv1.3",
    since: new Date(performance.timeOrigin + 1).toISOString(),
    bytesFromClient: 3,
    bytesFromStore: 7,
  });
  expect(listSessions("host:1", SESSIONS, { account: "bob@x.com" })?.sessions[0]?.client).toBe(
    "[2001:db8::7]:4711",
  );
});

test("pages lead through all, however many there are, and an answer keeps to its size", () => {
  const long = "x".repeat(250);
  const many = Array.from({ length: 3000 }, (_, startedMs) => liveSession({ account: long, startedMs }));
  const seen = new Set<string>();
  let cursor: string | undefined;
  let pages = 0;
  do {
    const selection: Record<string, string> = cursor === undefined ? {} : { cursor };
    const answer = Answer.parse(listSessions("host:1", many, selection));
    if (answer.ask !== "sessions") throw new Error("another answer");
    expect(answer.total).toBe(3000);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(61_000);
    expect(answer.sessions.length).toBeLessThanOrEqual(SESSIONS_MAX);
    for (const { sid } of answer.sessions) seen.add(sid);
    const last = answer.sessions.at(-1);
    cursor = answer.more && last !== undefined ? sessionCursor(last) : undefined;
    pages++;
  } while (cursor !== undefined);
  expect(seen.size).toBe(3000);
  expect(pages).toBeGreaterThan(15);
});
