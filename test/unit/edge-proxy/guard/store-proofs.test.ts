import { describe, expect, test } from "vitest";
import { type Probe, type Proof, StoreProofs } from "../../../../edge-proxy/guard/store-proofs.ts";

const HOST = { store: "store1", host: "10.0.0.1", port: 143 };
const TIMES = { adminProbeSeconds: 86_400, adminProbeRetrySeconds: 600 };
const OBEYS: Proof = { is: "obeys" };
const IGNORES: Proof = { is: "ignores" };
const DOWN: Proof = { is: "unknown", why: "no connection", fault: "connect" };
const NO_TELLING: Proof = { is: "unknown", why: "wrong password", fault: undefined };

function start() {
  const timers = { nowMs: 0 };
  const reported: string[] = [];
  const proofs = new StoreProofs({
    timers,
    report: ({ store }, { is }) => void reported.push(`${store} ${is}`),
  });
  const runs: ((seen: Proof) => void)[] = [];
  const probe: Probe = (tell) => void runs.push(tell);
  const told: string[] = [];
  const ask = (): void => proofs.prove(HOST, TIMES, probe, ({ is }) => void told.push(is));
  /** One login; the probe, where it is run, sees this. */
  const sees = (seen: Proof): string | undefined => {
    ask();
    runs.shift()?.(seen);
    return told.pop();
  };
  const passes = (seconds: number): void => {
    timers.nowMs += seconds * 1000;
  };
  return { proofs, runs, told, ask, sees, passes, reported };
}

describe("what is seen of a store", () => {
  test("is seen once for all logins that wait for it", () => {
    const { ask, runs, told } = start();
    ask();
    ask();
    expect([runs.length, told]).toEqual([1, []]);
    runs[0]?.(OBEYS);
    expect(told).toEqual(["obeys", "obeys"]);
  });

  test.each<[string, Proof, seconds: number]>([
    ["that it obeys holds for a day", OBEYS, 86_400],
    ["that it ignores holds for a while", IGNORES, 600],
    ["that an account could not tell holds for a while", NO_TELLING, 600],
  ])("%s", (_name, seen, seconds) => {
    const { sees, passes, runs, ask } = start();
    expect(sees(seen)).toBe(seen.is);
    passes(seconds - 1);
    expect(sees(OBEYS)).toBe(seen.is);
    expect(runs).toEqual([]);
    passes(1);
    ask();
    expect(runs).toHaveLength(1);
  });

  test("nothing, because the host is down, is not kept", () => {
    const { sees } = start();
    expect(sees(DOWN)).toBe("unknown");
    expect(sees(OBEYS)).toBe("obeys");
  });

  test.each([
    [OBEYS, DOWN, "obeys"],
    [OBEYS, NO_TELLING, "obeys"],
    [OBEYS, IGNORES, "ignores"],
    [IGNORES, DOWN, "ignores"],
    [IGNORES, NO_TELLING, "ignores"],
    [IGNORES, OBEYS, "obeys"],
  ])("%j, and then %j, leaves %s", (before, after, left) => {
    const { sees, passes } = start();
    sees(before);
    passes(86_400);
    expect(sees(after)).toBe(left);
  });

  test("holds for those that have no account to try it with, however old it is", () => {
    const { proofs, sees, passes, told } = start();
    sees(IGNORES);
    passes(100_000);
    proofs.prove(HOST, TIMES, undefined, ({ is }) => void told.push(is));
    expect(told).toEqual(["ignores"]);
  });

  test("is reported when it is news", () => {
    const { sees, passes, reported, proofs } = start();
    const all: Proof[] = [DOWN, OBEYS, OBEYS, IGNORES, IGNORES, DOWN, OBEYS, NO_TELLING];
    for (const each of all) {
      sees(each);
      if (each === IGNORES) expect(proofs.ignoring).toEqual(["store1"]);
      passes(86_400);
    }
    expect(reported).toEqual(["store1 ignores", "store1 obeys", "store1 unknown"]);
    expect(proofs.ignoring).toEqual([]);
  });
});

test("nobody is tried where there is no account: nothing is known", () => {
  const { ask, told, proofs } = start();
  proofs.prove(HOST, TIMES, undefined, ({ is }) => void told.push(is));
  expect(told).toEqual(["unknown"]);
  ask();
  expect(told).toEqual(["unknown"]);
});
