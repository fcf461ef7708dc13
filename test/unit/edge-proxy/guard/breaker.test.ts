import { expect, test } from "vitest";
import { Breaker, type HostFault } from "../../../../edge-proxy/guard/breaker.ts";
import { StoreHealth } from "../../../../edge-proxy/guard/store-health.ts";
import { HandWheel } from "../routing/api-double.ts";

const start = () => new Breaker({ failures: 3, openSeconds: 10, random: () => 0.5 });

/** `c` a failure to connect, `l` a later one, both with the client; `+` a success. */
const feed = (breaker: Breaker, steps: string): void => {
  for (const [what = "", client = ""] of steps.split(" ")) {
    if (what === "+") breaker.succeeded();
    else breaker.failed(what === "c" ? "connect" : ("later" satisfies HostFault), client, 0);
  }
};

test.each<[steps: string, isOpen: boolean, why: string]>([
  ["c1 c1", false, "too few"],
  ["c1 c1 c1", true, "failures to connect count by themselves"],
  ["c1 c1 + c1", false, "a success in between"],
  ["l1 l1 l1 l1 l1 l1", false, "one client may be what is wrong"],
  ["l1 l1 l2", true, "two clients"],
  ["l1 l2", false, "two clients, but too few"],
  ["c1 c1 l1", false, "the later one is of one client alone"],
  ["c1 l1 l2", true, "together"],
  ["l1 l2 + l1 l1 l1", false, "after a success it begins anew"],
])("%s: open %s (%s)", (steps, isOpen) => {
  const breaker = start();
  feed(breaker, steps);
  expect(breaker.isOpen).toBe(isOpen);
  expect(breaker.admits(1)).toBe(!isOpen);
});

test("after its time one login tries, and what comes of it decides", () => {
  const breaker = start();
  feed(breaker, "c1 c1 c1");
  expect(breaker.admits(9_999)).toBe(false);
  expect(breaker.admits(10_000)).toBe(true);
  expect(breaker.admits(10_001)).toBe(false);
  expect(breaker.failed("later", "1", 10_500)).toBeUndefined();
  expect(breaker.admits(20_499)).toBe(false);
  expect(breaker.admits(20_500)).toBe(true);
  expect(breaker.succeeded()).toBe("closed");
  expect(breaker.admits(20_501)).toBe(true);
});

test("where nothing comes of the one that tries, another one does", () => {
  const breaker = start();
  feed(breaker, "c1 c1 c1");
  expect(breaker.admits(10_000)).toBe(true);
  expect(breaker.admits(19_999)).toBe(false);
  expect(breaker.admits(20_000)).toBe(true);
});

test("a host that hangs for long is tried as often at the end as at the beginning, and serves once it speaks", () => {
  const breaker = start();
  feed(breaker, "l1 l2 l1");
  const tried: number[] = [];
  const fails: number[] = [];
  for (let nowMs = 0; nowMs < 120_000; nowMs += 500) {
    // Each that tries waits for the greeting longer than the host is skipped.
    if (fails[0] === nowMs) {
      fails.shift();
      breaker.failed("later", "1", nowMs);
    }
    if (!breaker.admits(nowMs)) continue;
    tried.push(nowMs);
    fails.push(nowMs + 11_000);
  }
  const gaps = tried.slice(1).map((atMs, index) => atMs - (tried[index] ?? 0));
  expect(gaps.length).toBeGreaterThan(5);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(12_500);
  // One that others' failures overtook is answered.
  expect(breaker.isOpen).toBe(true);
  expect(breaker.succeeded()).toBe("closed");
  expect(breaker.admits(120_000)).toBe(true);
});

test("edges that lost a host together do not try it together", () => {
  const until = [0, 1].map((chance) => {
    const breaker = new Breaker({ failures: 1, openSeconds: 10, random: () => chance });
    breaker.failed("connect", "1", 0);
    return [7_499, 7_500, 12_499, 12_500].map((nowMs) => breaker.admits(nowMs));
  });
  expect(until[0]?.slice(0, 2)).toEqual([false, true]);
  expect(until[1]).toEqual([false, false, false, true]);
});

test("each host of each store stands for itself; a sound one takes no room, and changes are told once", () => {
  const wheel = new HandWheel();
  const told: string[] = [];
  const health = new StoreHealth({
    timers: wheel,
    random: () => 0.5,
    report: ({ store, host }, change) => told.push(`${store} ${host} ${change}`),
  });
  const settings = { failures: 2, openSeconds: 10 };
  const dead = { store: "s1", host: "10.0.0.1", port: 143 };
  const sound = { ...dead, host: "10.0.0.2" };
  for (let times = 0; times < 4; times++) health.failed(dead, "connect", "1", settings);
  expect(health.admits(dead)).toBe(false);
  for (const other of [sound, { ...dead, store: "s2" }, { ...dead, port: 993 }]) {
    expect(health.admits(other)).toBe(true);
  }
  health.served(sound);
  expect([health.size, health.open]).toEqual([1, 1]);
  wheel.turn(10);
  expect(health.admits(dead)).toBe(true);
  health.served(dead);
  expect(health.size).toBe(0);
  expect(told).toEqual(["s1 10.0.0.1 opened", "s1 10.0.0.1 closed"]);
});
