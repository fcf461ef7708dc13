import { expect, test } from "vitest";
import {
  ClientGuard,
  type ClientGuardSettings,
  type Entry,
  UNGUARDED,
} from "../../../../edge-proxy/guard/client-guard.ts";
import { EXCHANGE_SECONDS, Exchange } from "../../../../edge-proxy/guard/exchange.ts";
import { type SiblingMessage, Siblings } from "../../../../edge-proxy/siblings.ts";
import type { PenaltyAnnouncement } from "../../../../route-api/contract/penalties.ts";
import { HandWheel } from "../routing/api-double.ts";

const PENALTIES = {
  firstSeconds: 2,
  maxSeconds: 60,
  decaySeconds: 900,
  entries: 100,
  exempt: [],
  announceFailures: 6,
};
const CLIENT = "192.0.2.7";
const ALICE = { address: CLIENT, user: "alice" };

/** Workers of one host; what they say arrives at once. */
function host(settings: Partial<ClientGuardSettings>) {
  const announced: PenaltyAnnouncement[] = [];
  const timers = new HandWheel();
  const workers = new Map<number, Siblings>();
  const start = (number: number): ClientGuard => {
    const siblings = new Siblings((message: SiblingMessage) => {
      // A copy, as between processes.
      const copy = structuredClone(message);
      for (const [other, each] of workers) if (other !== number) each.received(copy, number);
    });
    const guard = new ClientGuard("main", {
      timers,
      siblings,
      exchange: new Exchange(siblings, timers),
      salt: new Uint8Array(32),
      announce: (announcement) => announced.push(announcement),
    });
    guard.apply({ ...UNGUARDED, ...settings });
    for (const [other, each] of workers) {
      each.joined(number);
      siblings.joined(other);
    }
    workers.set(number, siblings);
    return guard;
  };
  const end = (number: number): void => {
    workers.delete(number);
    for (const each of workers.values()) each.left(number);
  };
  return { timers, announced, start, end };
}

const admitted = (entry: Entry): boolean => entry.is === "admitted";

test("connections at all workers count, once they have told each other", () => {
  const { timers, start } = host({ connections: 3 });
  const [one, other] = [start(1), start(2)];
  expect([one.connect(CLIENT), one.connect(CLIENT), other.connect(CLIENT)].every(admitted)).toBe(true);
  timers.turn(EXCHANGE_SECONDS);
  expect(admitted(one.connect(CLIENT))).toBe(false);
  expect(admitted(other.connect(CLIENT))).toBe(false);
  expect(admitted(other.connect("192.0.2.8"))).toBe(true);
});

test("a worker that begins later hears of what there is, and what a worker had that ended is free again", () => {
  const { timers, start, end } = host({ connections: 2, userSessions: 1 });
  const one = start(1);
  one.connect(CLIENT);
  one.connect(CLIENT);
  one.startSession("alice");
  const late = start(2);
  timers.turn(EXCHANGE_SECONDS);
  expect(admitted(late.connect(CLIENT))).toBe(false);
  expect(late.startSession("alice")).toBeUndefined();
  end(1);
  expect(admitted(late.connect(CLIENT))).toBe(true);
  expect(late.startSession("alice")).toBeDefined();
});

test("logins at all workers count towards a client's rate", () => {
  const { timers, start } = host({ logins: { perSecond: 0.1, burst: 3, entries: 10 } });
  const [one, other] = [start(1), start(2)];
  for (let at = 0; at < 3; at++) one.startLogin(CLIENT);
  expect(other.startLogin(CLIENT)).toBe(true);
  timers.turn(EXCHANGE_SECONDS);
  expect(other.startLogin(CLIENT)).toBe(false);
  expect(other.counters.loginRate).toBe(1);
});

test("failures and what is forgiven are known to all workers at once, and count once", () => {
  const { start } = host({ penalties: PENALTIES });
  const [one, other] = [start(1), start(2)];
  one.failed(ALICE, "guess");
  other.failed(ALICE, "guess");
  expect([one, other].map((guard) => guard.delaySeconds(ALICE))).toEqual([2, 2]);
  other.succeeded(ALICE);
  expect([one, other].map((guard) => guard.delaySeconds(ALICE))).toEqual([0, 0]);
});

test("a process alone has no timer for others", () => {
  const { timers, start } = host({ connections: 10, userSessions: 10 });
  const guard = start(1);
  guard.connect(CLIENT);
  guard.startSession("alice");
  expect(timers.waiting).toBe(0);
});

test("a reload changes limits, and forgets no failures where penalties stay as they are", () => {
  const { start } = host({ connections: 1, penalties: PENALTIES });
  const guard = start(1);
  guard.connect(CLIENT);
  guard.failed(ALICE, "guess");
  guard.apply({ ...UNGUARDED, connections: 2, penalties: { ...PENALTIES } });
  expect(admitted(guard.connect(CLIENT))).toBe(true);
  expect(guard.delaySeconds(ALICE)).toBe(2);
  guard.apply(UNGUARDED);
  expect(guard.delaySeconds(ALICE)).toBe(0);
});

test("a place that was taken under other prefix lengths comes back", () => {
  const { start } = host({ connections: 1 });
  const guard = start(1);
  const entry = guard.connect("2001:db8::1");
  guard.apply({ ...UNGUARDED, connections: 1, prefix: { ipv4Bits: 32, ipv6Bits: 48 } });
  if (entry.is === "admitted") entry.place.leave();
  guard.apply({ ...UNGUARDED, connections: 1 });
  expect(admitted(guard.connect("2001:db8::1"))).toBe(true);
});

const users = (...names: string[]) => ({ users: new Set(names), client: undefined });
const client = (address: string) => ({ users: new Set<string>(), client: address });
const fail = (guard: ClientGuard, trier: { address: string; user: string }, times: number): void => {
  for (let time = 0; time < times; time++) guard.failed(trier, `guess ${time} from ${trier.address}`);
};

test("what delays a user and a client is told, and lifted for later logins", () => {
  const { start } = host({ penalties: PENALTIES });
  const guard = start(1);
  fail(guard, ALICE, 3);
  fail(guard, { address: CLIENT, user: "bob" }, 1);
  fail(guard, { address: "2001:db8::7", user: "alice" }, 1);
  expect(guard.penalties.list(users("alice"))).toEqual([
    { user: "alice", failures: 4, delaySeconds: 16 },
    { client: CLIENT, user: "alice", failures: 3, delaySeconds: 16 },
    { client: "2001:db8::/64", user: "alice", failures: 1, delaySeconds: 16 },
  ]);
  expect(guard.penalties.list(client("2001:db8::99")).map(({ client, user }) => [client, user])).toEqual([
    ["2001:db8::/64", undefined],
    ["2001:db8::/64", "alice"],
  ]);
  expect(guard.penalties.list(client("192.0.2.0/24"))).toHaveLength(3);
  expect(guard.penalties.list(client("rubbish"))).toEqual([]);

  expect(guard.penalties.lift(users("alice"), "lift-1")).toHaveLength(3);
  // What the client has failed for others stays.
  expect(guard.delaySeconds(ALICE)).toBe(2);
  expect(guard.penalties.lift(client(CLIENT), "lift-2")).toHaveLength(2);
  expect([guard.delaySeconds(ALICE), guard.penalties.list(users("alice", "bob"))]).toEqual([0, []]);
});

test("edges of other hosts hear of many failures once, and of what is forgiven or lifted", () => {
  const { timers, announced, start } = host({ penalties: PENALTIES });
  const guard = start(1);
  const told = (): unknown[] => announced.splice(0).map(({ instance: _, ...rest }) => rest);
  fail(guard, ALICE, 5);
  expect(told()).toEqual([]);
  fail(guard, { address: CLIENT, user: "bob" }, 3);
  expect(told()).toEqual([{ client: CLIENT, failures: 6 }]);
  guard.failed(ALICE, "one more");
  expect(told()).toEqual([{ user: "alice", failures: 6 }]);
  guard.succeeded(ALICE);
  expect(told()).toEqual([
    { client: CLIENT, failures: expect.closeTo(3) },
    { user: "alice", failures: 0 },
  ]);
  for (const guess of "abcdef") guard.failed({ address: "192.0.2.9", user: "carol" }, guess);
  told();
  guard.penalties.lift(client("192.0.2.9"), "lift-1");
  expect(told()).toEqual([
    { client: "192.0.2.9", failures: 0, lift: "lift-1" },
    { user: "carol", failures: 0, lift: "lift-1" },
  ]);
  for (let step = 0; step < 20; step++) {
    timers.turn(60);
    guard.failed({ address: "192.0.2.10", user: "dave" }, `slow ${step}`);
    guard.failed({ address: "192.0.2.10", user: "dave" }, `too ${step}`);
  }
  // Again after half of the time in which it decays, while it goes on.
  expect(told().filter((each) => "client" in (each as object)).length).toBeLessThanOrEqual(4);
});

test("what other hosts announce delays clients that have failed, and nobody else", () => {
  const { timers, announced, start } = host({ penalties: { ...PENALTIES, exempt: ["10.0.0.0/8"] } });
  const guard = start(1);
  guard.penalties.countedElsewhere({ user: "alice" }, 1000, 0);
  guard.penalties.countedElsewhere({ client: "192.0.2.66" }, 6, 0);
  guard.penalties.countedElsewhere({ client: "10.0.0.1" }, 1000, 0);
  // The owner, from an address that has not failed.
  expect(guard.delaySeconds(ALICE)).toBe(0);
  expect(guard.delaySeconds({ address: "10.0.0.1", user: "alice" })).toBe(0);
  expect(guard.delaySeconds({ address: "192.0.2.66", user: "bob" })).toBe(60);
  timers.turn(450);
  expect(guard.delaySeconds({ address: "192.0.2.66", user: "bob" })).toBe(8);
  guard.penalties.countedElsewhere({ client: "192.0.2.67" }, 6, 750);
  expect(guard.delaySeconds({ address: "192.0.2.67", user: "bob" })).toBe(2);
  // In place of what was announced before.
  guard.penalties.countedElsewhere({ client: "192.0.2.66" }, 0, 0);
  expect(guard.delaySeconds({ address: "192.0.2.66", user: "bob" })).toBe(0);
  timers.turn(2000);
  expect([timers.waiting, announced]).toEqual([0, []]);
});

test("an announcement from before a lift does not bring back what was lifted", () => {
  const { timers, start } = host({ penalties: PENALTIES });
  const { penalties } = start(1);
  const counted = (address: string, lift?: string): number => {
    penalties.countedElsewhere({ client: address }, 6, 0, lift);
    return penalties.list(client(address)).length;
  };
  penalties.lift(client(CLIENT), "lift-1");
  penalties.lift(client("192.0.2.8"), "lift-2");
  // Its edge had read none, an older one, the one that lifted it, a later one.
  expect(counted(CLIENT)).toBe(0);
  expect(counted("192.0.2.8", "lift-1")).toBe(0);
  expect(counted(CLIENT, "lift-1")).toBe(1);
  expect(counted("192.0.2.8", "lift-2")).toBe(1);
  expect(counted("192.0.2.9")).toBe(1);
  penalties.lift(users("alice"), "lift-3");
  penalties.countedElsewhere({ user: "alice" }, 6, 0, "lift-2");
  expect(penalties.list(users("alice"))).toEqual([]);
  // An edge that began after a lift has read none; nothing is under way for so long.
  timers.turn(61);
  penalties.countedElsewhere({ user: "alice" }, 6, 0);
  expect(penalties.list(users("alice"))).toHaveLength(1);
});

test("who gets in at another edge is forgiven where it failed, and then everywhere", () => {
  const failing = host({ penalties: PENALTIES });
  const elsewhere = host({ penalties: PENALTIES });
  const [one, two] = [failing.start(1), elsewhere.start(1)];
  fail(one, ALICE, 6);
  for (const { client, user, failures = 0 } of failing.announced.splice(0)) {
    if (client !== undefined) two.penalties.countedElsewhere({ client }, failures, 0);
    if (user !== undefined) two.penalties.countedElsewhere({ user }, failures, 0);
  }
  expect(two.delaySeconds(ALICE)).toBe(60);
  two.succeeded(ALICE);
  two.succeeded(ALICE);
  expect(elsewhere.announced).toEqual([{ instance: "main", client: CLIENT, user: "alice" }]);
  one.penalties.forgivenElsewhere(CLIENT, "alice");
  expect(one.delaySeconds(ALICE)).toBe(0);
  expect(failing.announced).toEqual([
    { instance: "main", client: CLIENT, failures: 0 },
    { instance: "main", user: "alice", failures: 0 },
  ]);
});

test("what is remembered of announcements is bounded", () => {
  const { start } = host({ penalties: { ...PENALTIES, entries: 10 } });
  const guard = start(1);
  for (let bot = 0; bot < 200; bot++) {
    guard.penalties.countedElsewhere({ client: `192.0.2.${bot}` }, 6, 0);
    guard.penalties.countedElsewhere({ user: `user ${bot}` }, 6, 0);
  }
  expect(guard.penalties.list(client("192.0.2.0/24"))).toHaveLength(10);
  expect(guard.delaySeconds({ address: "192.0.2.199", user: "x" })).toBe(60);
});
