import { expect, test } from "vitest";
import type { Report } from "../../../../edge-proxy/api-client/reports.ts";
import { KeptLogins, type KeptLoginsSettings } from "../../../../edge-proxy/observe/kept-logins.ts";
import type { SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { KeptLogins as Body } from "../../../../route-api/contract/kept-logins.ts";
import { HandWheel } from "../routing/api-double.ts";
import { liveSession } from "./live.ts";

function start(settings: Partial<KeptLoginsSettings> = {}) {
  const timers = new HandWheel();
  const sent: Report[] = [];
  const kept = new KeptLogins({
    edge: "host:1",
    timers,
    send: (report) => sent.push(report),
    settings: { keeps: true, queue: 1000, sendSeconds: 2, clients: 100, ...settings },
  });
  const logins = () => sent.flatMap(({ body }) => Body.parse(JSON.parse(body)).logins);
  return { timers, sent, kept, logins };
}
const record = (more: Partial<SessionRecord> = {}): SessionRecord =>
  liveSession({ account: "alice@example.com", login: "alice", store: "store1", ...more }).record;
const wrong = { code: "store-refused" as const, login: "alice" };

test("failures and the first success go together, a while later", () => {
  const { timers, sent, kept, logins } = start();
  kept.failed(record(), {
    ...wrong,
    store: "store1",
    progress: "auth",
    detail: "x".repeat(2000),
  });
  kept.loggedIn(record());
  expect(sent).toEqual([]);
  timers.turn(2);
  expect(sent.map(({ path }) => path)).toEqual([
    expect.stringMatching(/^\/v1\/edges\/host%3A1\/logins\/[0-9a-f]{8}-1$/),
  ]);
  expect(logins()).toMatchObject([
    {
      edge: "host:1",
      account: "alice@example.com",
      client: "192.0.2.1:4711",
      network: "192.0.2.0/24",
      failure: { ...wrong, store: "store1", progress: "auth", detail: "x".repeat(500) },
    },
    { account: "alice@example.com" },
  ]);
  expect(logins()[1]?.failure).toBeUndefined();
  sent[0]?.settled(true);
  expect(kept.counters).toEqual({ accepted: 2, dropped: 0 });
  expect(timers.waiting).toBe(0);
});

test("a success counts once for an account, client network and protocol", () => {
  const { timers, kept, logins } = start();
  for (const more of [
    {},
    { clientAddress: "192.0.2.99" },
    { clientAddress: "198.51.100.1" },
    { clientAddress: "2001:db8::1" },
    { clientAddress: "2001:db8:0:7::1" },
    { protocol: "pop3" as const },
    { account: "bob@example.com" },
  ])
    kept.loggedIn(record(more));
  timers.turn(2);
  expect(logins().map(({ account, protocol, network }) => [account, protocol, network].join(" "))).toEqual([
    "alice@example.com imap 192.0.2.0/24",
    "alice@example.com imap 198.51.100.0/24",
    "alice@example.com imap 2001:db8::/48",
    "alice@example.com pop3 192.0.2.0/24",
    "bob@example.com imap 192.0.2.0/24",
  ]);
});

test("names without an account are not kept, nor is anything where nothing is to be", () => {
  const { timers, kept } = start();
  kept.failed(record({ account: undefined }), { code: "unknown-user", login: "made-up" });
  kept.loggedIn(record({ account: undefined }));
  const off = start({ keeps: false });
  off.kept.failed(record(), wrong);
  off.kept.loggedIn(record());
  expect([kept.waiting, timers.waiting, off.kept.waiting]).toEqual([0, 0, 0]);
});

test("while the API does not accept them, so many wait, one batch is on its way, and the rest is counted", () => {
  const { timers, sent, kept } = start({ queue: 150 });
  for (let each = 0; each < 200; each++) kept.failed(record(), wrong);
  expect([kept.waiting, kept.counters.dropped]).toEqual([150, 50]);
  timers.turn(60);
  expect([sent.length, kept.waiting]).toEqual([1, 50]);
  sent[0]?.settled(false);
  expect(kept.counters).toEqual({ accepted: 0, dropped: 150 });
  timers.turn(2);
  sent[1]?.settled(true);
  expect([kept.waiting, kept.counters.accepted]).toEqual([0, 50]);
});

test("the memory of first logins is bounded", () => {
  const { timers, kept, logins } = start({ clients: 2 });
  for (const account of ["a", "b", "c", "a"]) kept.loggedIn(record({ account }));
  timers.turn(2);
  expect(logins().map(({ account }) => account)).toEqual(["a", "b", "c", "a"]);
});

test("at the end all that waits is sent; what is forgotten is not", async () => {
  const { timers, sent, kept, logins } = start();
  for (let each = 0; each < 150; each++) kept.failed(record(), wrong);
  kept.failed(record({ account: "bob@example.com" }), wrong);
  kept.forget("bob@example.com");
  const ended = kept.end();
  expect(sent.map(({ seconds }) => seconds)).toEqual([1, 1]);
  for (const report of sent) report.settled(true);
  await ended;
  expect(logins()).toHaveLength(150);
  expect([timers.waiting, kept.counters.accepted]).toEqual([0, 150]);
});
