import fc from "fast-check";
import { expect, test } from "vitest";
import { LoginRate } from "../../../../edge-proxy/guard/login-rate.ts";
import { HandWheel } from "../routing/api-double.ts";

function start({ perSecond = 2, burst = 4, entries = 100 } = {}) {
  const wheel = new HandWheel();
  return { wheel, rate: new LoginRate({ perSecond, burst, entries, timers: wheel }) };
}

test("a burst at once, then as many a second as may be", () => {
  const { wheel, rate } = start();
  const take = (times: number) => Array.from({ length: times }, () => rate.take("a")).filter(Boolean).length;
  expect(take(10)).toBe(4);
  wheel.turn(1);
  expect(take(10)).toBe(2);
  wheel.turn(100);
  expect(take(10)).toBe(4);
  expect(rate.take("b")).toBe(true);
});

test("logins at another worker count", () => {
  const { rate } = start();
  rate.heard(1, [["a", 3]]);
  expect(rate.take("a")).toBe(true);
  expect(rate.take("a")).toBe(false);
});

test("forgets clients that could begin a whole burst again, by one timer for all", () => {
  const { wheel, rate } = start();
  rate.take("a");
  wheel.turn(1);
  rate.take("b");
  expect(wheel.waiting).toBe(1);
  wheel.turn(1);
  expect(rate.size).toBe(1);
  wheel.turn(4);
  expect(rate.size).toBe(0);
  expect(wheel.waiting).toBe(0);
});

test("remembers no more clients than it may", () => {
  const { rate } = start({ entries: 3 });
  for (const client of "abcde") rate.take(client);
  expect(rate.size).toBe(3);
});

test("in no span of time are there more logins than the burst and what the span brings", () => {
  const steps = fc.array(fc.oneof(fc.constant("take"), fc.double({ min: 0, max: 3, noNaN: true })), {
    maxLength: 100,
    size: "max",
  });
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 20 }),
      (each, perSecond, burst) => {
        const { wheel, rate } = start({ perSecond, burst });
        const takenMs: number[] = [];
        for (const step of each) {
          if (typeof step === "number") wheel.turn(step);
          else if (rate.take("a")) takenMs.push(wheel.nowMs);
        }
        for (const [from, firstMs] of takenMs.entries()) {
          for (const [to, lastMs] of takenMs.entries()) {
            if (to < from) continue;
            const most = burst + ((lastMs - firstMs) / 1000) * perSecond;
            expect(to - from + 1).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      },
    ),
  );
});
