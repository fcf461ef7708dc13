import fc from "fast-check";
import { expect, test } from "vitest";
import { Tally } from "../../../../edge-proxy/guard/tally.ts";

test("a key has no more than its limit, and its places come back", () => {
  const tally = new Tally();
  const place = tally.enter("a", 2);
  expect(place).toBeDefined();
  expect(tally.enter("a", 2)).toBeDefined();
  expect(tally.enter("a", 2)).toBeUndefined();
  expect(tally.enter("b", 2)).toBeDefined();
  place?.leave();
  place?.leave();
  expect(tally.count("a")).toBe(1);
  expect(tally.enter("a", 2)).toBeDefined();
});

test("a key that has none takes no room", () => {
  const tally = new Tally();
  for (let at = 0; at < 100; at++) tally.enter(`${at}`, 1);
  expect(tally.size).toBe(100);
  for (let at = 0; at < 100; at++) tally.leave(`${at}`);
  expect(tally.size).toBe(0);
});

test("nothing is kept for other workers where there are none", () => {
  const tally = new Tally();
  tally.enter("a", 1);
  expect(tally.takeNews()).toEqual([]);
});

const KEYS = ["a", "b"];
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("enter" as const),
      key: fc.constantFrom(...KEYS),
      worker: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("leave" as const),
      key: fc.constantFrom(...KEYS),
      worker: fc.nat(2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tell" as const), worker: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), worker: fc.nat(2) }) },
);

test("once all is told, each worker counts what all of them have; a worker that ended counts for nothing", () => {
  const LIMIT = 3;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const make = () => new Tally(() => true);
      const workers = [make(), make(), make()];
      const held = workers.map(() => new Map<string, number>());
      const others = (worker: number) => workers.filter((_, index) => index !== worker);
      const tell = (worker: number): void => {
        const news = workers[worker]?.takeNews() ?? [];
        for (const other of others(worker)) other.heard(worker, news);
      };
      for (const { worker, ...each } of steps) {
        const tally = workers[worker];
        const own = held[worker];
        if (tally === undefined || own === undefined) continue;
        if (each.do === "enter") {
          if (tally.enter(each.key, LIMIT) !== undefined) own.set(each.key, (own.get(each.key) ?? 0) + 1);
        } else if (each.do === "leave") {
          const had = own.get(each.key) ?? 0;
          if (had === 0) continue;
          tally.leave(each.key);
          own.set(each.key, had - 1);
        } else if (each.do === "tell") {
          tell(worker);
        } else {
          workers[worker] = make();
          own.clear();
          for (const other of others(worker)) {
            other.forget(worker);
            other.tellAll();
          }
        }
      }
      for (const worker of workers.keys()) tell(worker);
      for (const key of KEYS) {
        const all = held.reduce((sum, own) => sum + (own.get(key) ?? 0), 0);
        for (const tally of workers) expect(tally.count(key)).toBe(all);
        // What each let in while it had not heard of the others is the error: at most its limit.
        for (const own of held) expect(own.get(key) ?? 0).toBeLessThanOrEqual(LIMIT);
      }
    }),
  );
});
