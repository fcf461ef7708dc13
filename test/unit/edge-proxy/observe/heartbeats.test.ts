import { expect, test } from "vitest";
import type { Report } from "../../../../edge-proxy/api-client/reports.ts";
import { Heartbeats } from "../../../../edge-proxy/observe/heartbeats.ts";
import { LoginCounts } from "../../../../edge-proxy/observe/login-counts.ts";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import type { LiveSession, SessionStage } from "../../../../edge-proxy/observe/session-registry.ts";
import { Heartbeat } from "../../../../route-api/contract/edges.ts";
import { HandWheel } from "../routing/api-double.ts";

const session = (stage: SessionStage, store?: string): LiveSession => ({
  record: {
    ...newRecord("main", "imap", {
      remoteAddress: "192.0.2.1",
      remotePort: 1,
      localAddress: "",
      localPort: 1,
    }),
    store,
  },
  stage,
  traffic: { fromClient: 0, fromStore: 0 },
  retract: () => false,
  stop() {},
});

function start(live: readonly LiveSession[] = [], ignoring: readonly string[] = []) {
  const timers = new HandWheel();
  const sent: Report[] = [];
  const counts = new LoginCounts();
  const heartbeats = new Heartbeats({
    edge: "host:1",
    version: "1.2.3",
    timers,
    sessions: { all: () => live, size: live.length },
    counts,
    failingHosts: () => [{ store: "store2", host: "10.0.0.2", port: 143 }],
    ignoringStores: () => ignoring,
    listeners: () => [
      { instance: "main", protocol: "imap" },
      { instance: "main", protocol: "pop3" },
    ],
    domains: () => ["example.com", "example.org", "example.com"],
    send: (report) => sent.push(report),
  });
  heartbeats.configuration = "0123456789ab";
  const last = (): Heartbeat => Heartbeat.parse(JSON.parse(sent.at(-1)?.body ?? ""));
  return { timers, sent, counts, heartbeats, last };
}

test("one at the start and each half minute, in words that the contract allows", () => {
  const { timers, sent, heartbeats, last } = start();
  heartbeats.beat();
  timers.turn(29);
  expect(sent.map(({ path }) => path)).toEqual(["/v1/edges/host%3A1"]);
  timers.turn(31);
  expect(sent).toHaveLength(3);
  expect(last()).toMatchObject({ version: "1.2.3", state: "running", configuration: "0123456789ab" });
  expect(last().domains).toEqual(["example.com", "example.org"]);
});

test("sessions are counted by listener and, once logged in, by store", () => {
  const { heartbeats, last } = start([
    session("relay", "store1"),
    session("login", "store1"),
    session("relay", "store1"),
    session("closing", "store2"),
    session("login"),
  ]);
  heartbeats.beat();
  expect(last().sessions).toBe(5);
  expect(last().instances).toEqual([
    { instance: "main", protocol: "imap", sessions: 5 },
    { instance: "main", protocol: "pop3", sessions: 0 },
  ]);
  expect(last().stores).toEqual([
    { store: "store1", sessions: 2, logins: 0, failures: 0, failing: [] },
    { store: "store2", sessions: 0, logins: 0, failures: 0, failing: ["10.0.0.2:143"] },
  ]);
});

test("stores that ignore the authorisation id are named", () => {
  const { heartbeats, last } = start([], ["store3"]);
  heartbeats.beat();
  expect(last().stores).toEqual([
    { store: "store2", sessions: 0, logins: 0, failures: 0, failing: ["10.0.0.2:143"] },
    { store: "store3", sessions: 0, logins: 0, failures: 0, failing: [], ignoresAuthorizationId: true },
  ]);
});

test("logins and failures are counted from one heartbeat to the next", () => {
  const { timers, counts, heartbeats, last } = start();
  heartbeats.beat();
  counts.loggedIn("store1");
  counts.loggedIn("store1");
  counts.failed("store1");
  counts.failed(undefined);
  timers.turn(30);
  expect(last().periodSeconds).toBe(30);
  expect(last().stores).toMatchObject([
    { store: "store1", logins: 2, failures: 1 },
    { store: "", logins: 0, failures: 1 },
    { store: "store2", logins: 0, failures: 0 },
  ]);
  timers.turn(30);
  expect(last().stores).toMatchObject([{ store: "store2", logins: 0, failures: 0 }]);
});

test("says at once that it drains, and last of all that it ends", async () => {
  const { timers, sent, heartbeats, last } = start();
  heartbeats.beat();
  heartbeats.drain();
  expect(last().state).toBe("draining");
  const ended = heartbeats.end();
  expect(last().state).toBe("ended");
  expect(timers.waiting).toBe(0);
  sent.at(-1)?.settled(false);
  await ended;
});
