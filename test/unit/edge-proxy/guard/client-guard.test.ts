import { expect, test } from "vitest";
import {
  ClientGuard,
  type ClientGuardSettings,
  type Entry,
  UNGUARDED,
} from "../../../../edge-proxy/guard/client-guard.ts";
import { EXCHANGE_SECONDS, Exchange } from "../../../../edge-proxy/guard/exchange.ts";
import { type SiblingMessage, Siblings } from "../../../../edge-proxy/siblings.ts";
import { HandWheel } from "../routing/api-double.ts";

const PENALTIES = { firstSeconds: 2, maxSeconds: 60, decaySeconds: 900, entries: 100, exempt: [] };
const CLIENT = "192.0.2.7";
const ALICE = { address: CLIENT, user: "alice" };

/** Workers of one host; what they say arrives at once. */
function host(settings: Partial<ClientGuardSettings>) {
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
  return { timers, start, end };
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
