import fc from "fast-check";
import { expect, test } from "vitest";
import { spreadEnd } from "../../../../edge-proxy/guard/spread-ends.ts";
import { type StorePlace, StorePlaces } from "../../../../edge-proxy/guard/store-places.ts";
import { HandWheel } from "../routing/api-double.ts";

const LIMITS = { attempts: 2, attemptWaitSeconds: 5, sessions: 4, lostSessionsSeconds: 10 };

function start() {
  const wheel = new HandWheel();
  const places = new StorePlaces(wheel);
  const told: string[] = [];
  const enter = (name: string, store = "s1", limits = LIMITS): StorePlace =>
    places.enter(store, limits, {
      admitted: () => told.push(`${name} in`),
      refused: (limit) => told.push(`${name} ${limit}`),
    });
  return { wheel, places, told, enter };
}

test("logins beyond the cap wait in their order, and others' stores go on", () => {
  const { places, told, enter } = start();
  const first = enter("a");
  enter("b");
  enter("c");
  enter("d");
  enter("other", "s2");
  expect(told).toEqual(["a in", "b in", "other in"]);
  expect(places.waiting("s1")).toBe(2);
  first.leave();
  expect(told.at(-1)).toBe("c in");
});

test("a login whose turn does not come in time is refused, and takes no other's", () => {
  const { wheel, places, told, enter } = start();
  enter("a");
  const second = enter("b");
  enter("late");
  wheel.turn(5);
  expect(told.at(-1)).toBe("late store-attempts");
  expect(places.waiting("s1")).toBe(0);
  enter("c");
  second.leave();
  expect(told.at(-1)).toBe("c in");
});

test("a client that goes while it waits leaves its place in the queue", () => {
  const { wheel, told, enter } = start();
  const first = enter("a");
  enter("b");
  const gone = enter("gone");
  enter("c");
  gone.leave();
  first.leave();
  expect(told.at(-1)).toBe("c in");
  expect(wheel.waiting).toBe(0);
});

test("sessions and logins under way together are no more than the store's sessions", () => {
  const { places, told, enter } = start();
  const sessions = [0, 1, 2].map((index) => {
    const place = enter(`s${index}`);
    place.becomeSession();
    return place;
  });
  enter("attempt");
  enter("over");
  expect(told.at(-1)).toBe("over store-sessions");
  sessions[0]?.leave();
  sessions[0]?.leave();
  expect(places.sessions("s1")).toBe(2);
  enter("after");
  expect(told.at(-1)).toBe("after in");
});

test("thousands that wait for a store that is given up fail one after the other, not inside each other", () => {
  const { places, enter } = start();
  const first = enter("first");
  enter("second");
  let failed = 0;
  for (let at = 0; at < 50_000; at++) {
    const place = places.enter("s1", LIMITS, {
      admitted: () => {
        failed++;
        place.leave();
      },
      refused: () => {},
    });
  }
  first.leave();
  expect(failed).toBe(50_000);
});

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("enter" as const), store: fc.constantFrom("s1", "s2") }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("session" as const), pick: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(1, 3, 6) }),
  },
);

test("never more than the caps, nobody waits beside a free place, and nothing is left when all are gone", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const { wheel, places, enter } = start();
      const all: StorePlace[] = [];
      for (const each of steps) {
        if (each.do === "enter") all.push(enter("x", each.store));
        else if (each.do === "wait") wheel.turn(each.seconds);
        else if (each.do === "leave") all[each.pick % all.length]?.leave();
        else all[each.pick % all.length]?.becomeSession();
        for (const store of ["s1", "s2"]) {
          const attempts = places.attempts(store);
          expect(attempts).toBeLessThanOrEqual(LIMITS.attempts);
          expect(places.sessions(store)).toBeGreaterThanOrEqual(0);
          if (places.waiting(store) > 0) expect(attempts).toBe(LIMITS.attempts);
        }
      }
      for (const place of all) place.leave();
      expect(places.size).toBe(0);
      expect(wheel.waiting).toBe(0);
    }),
  );
});

test("a few sessions that a store drops end at once, ten thousand over the time, evenly", () => {
  const wheel = new HandWheel();
  let nextMs = 0;
  const drop = (sessions: number): number => {
    const end = spreadEnd(nextMs, wheel.nowMs, sessions, 10_000);
    nextMs = end.nextMs;
    return end.delayMs / 1000;
  };
  for (let at = 0; at < 50; at++) expect(drop(200)).toBe(0);
  wheel.turn(1);
  const delays = Array.from({ length: 10_000 }, () => drop(10_000));
  expect(Math.max(...delays)).toBeGreaterThan(9);
  expect(Math.max(...delays)).toBeLessThanOrEqual(10);
  const perSecond = Array.from({ length: 10 }, (_, at) => delays.filter((s) => Math.floor(s) === at).length);
  for (const ended of perSecond) expect(ended).toBeLessThanOrEqual(1_110);
  // Once that is over nobody is kept waiting.
  wheel.turn(11);
  expect(drop(10_000)).toBe(0);
});

test("ends of sessions at one store do not keep another's waiting", () => {
  const { enter } = start();
  const [first, other] = [enter("a"), enter("b", "s2")];
  first.becomeSession();
  other.becomeSession();
  for (let at = 0; at < 5_000; at++) first.endDelaySeconds();
  expect(first.endDelaySeconds()).toBeGreaterThan(1);
  expect(other.endDelaySeconds()).toBe(0);
});
