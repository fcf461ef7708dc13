import { expect, test } from "vitest";
import { newCounters } from "../../../../edge-proxy/api-client/counters.ts";
import { RouteCaches } from "../../../../edge-proxy/routing/caches.ts";
import { type KnownRoute, RouteMemory } from "../../../../edge-proxy/routing/memory.ts";
import { type SiblingMessage, Siblings } from "../../../../edge-proxy/siblings.ts";
import { aRoute, HandWheel } from "./api-double.ts";

/** Workers whose messages wait until the test has them delivered. */
function host(workers: number) {
  const timers = new HandWheel();
  const posted: { from: number; message: SiblingMessage }[] = [];
  const all = Array.from({ length: workers }, (_, index) => {
    const siblings = new Siblings((message) => posted.push({ from: index, message }));
    const caches = new RouteCaches(siblings, timers);
    const memory = new RouteMemory(1_000_000, timers, newCounters());
    caches.add("main ", memory);
    return { siblings, caches, memory };
  });
  for (const [index, { siblings }] of all.entries()) {
    for (const other of all.keys()) if (other !== index) siblings.joined(other);
  }
  const deliver = (): void => {
    for (let next = posted.shift(); next !== undefined; next = posted.shift()) {
      const { from, message } = next;
      for (const [index, { siblings }] of all.entries()) {
        if (index !== from && (message.to ?? index) === index) siblings.received(message, from);
      }
    }
  };
  const know = (worker: number, login: string): void =>
    all[worker]?.memory.learn(login, {
      answer: { is: "route", route: aRoute(login) },
      askedMs: timers.nowMs,
      askedMark: all[worker]?.memory.mark ?? 0,
    });
  const ask = (worker: number, login: string) => {
    const heard: (KnownRoute | undefined)[] = [];
    all[worker]?.caches.ask("main ", login, (route) => heard.push(route));
    return heard;
  };
  return { all, timers, posted, deliver, know, ask };
}

test("what one worker knows another hears, with its age", () => {
  const { timers, deliver, know, ask } = host(3);
  know(2, "a");
  timers.turn(7);
  const heard = ask(0, "a");
  expect(heard).toEqual([]);
  deliver();
  expect(heard).toEqual([{ key: "a", route: aRoute("a"), ageMs: 7000 }]);
});

test("where none knows it that is said as soon as all have answered", () => {
  const { timers, deliver, ask } = host(3);
  const heard = ask(0, "a");
  deliver();
  expect(heard).toEqual([undefined]);
  expect(timers.waiting).toBe(0);
});

test("a worker that hangs holds nobody for long, and its late answer is lost", () => {
  const { timers, posted, deliver, know, ask } = host(2);
  know(1, "a");
  const heard = ask(0, "a");
  timers.turn(0.3);
  expect(heard).toEqual([undefined]);
  expect(posted).toHaveLength(1);
  deliver();
  expect(heard).toEqual([undefined]);
});

test("a process alone asks nobody", () => {
  const { posted, ask } = host(1);
  expect(ask(0, "a")).toEqual([undefined]);
  expect(posted).toEqual([]);
});

test("no more questions are open than a bound", () => {
  const { posted, ask } = host(2);
  const heard = Array.from({ length: 300 }, (_, index) => ask(0, `user ${index}`));
  expect(posted).toHaveLength(256);
  expect(heard.filter(({ length }) => length === 1)).toHaveLength(44);
});

test("a route that changed a moment ago is not taken back", () => {
  const { all, know } = host(2);
  know(1, "a");
  const known = all[1]?.memory.knownAt("a");
  const memory = all[0]?.memory;
  if (known === undefined || memory === undefined) throw new Error("it knows it");
  memory.told({ kind: "route", uuid: "uuid of a", account: "a", names: ["a"] });
  memory.recall(known);
  expect(memory.find("a")).toBeUndefined();
});

test("what is taken over is suspect, and does not take the place of what this worker has", () => {
  const { all, timers, know } = host(2);
  const memory = all[0]?.memory;
  if (memory === undefined) throw new Error("there is one");
  memory.recall({ key: "a", route: aRoute("a"), ageMs: 5 });
  const entry = memory.find("a");
  expect(entry && memory.isSuspect(entry)).toBe(true);
  know(0, "b");
  memory.recall({ key: "b", route: aRoute("b", { mailHost: ["old"] }), ageMs: 5 });
  expect(memory.knownAt("b")).toEqual({ key: "b", route: aRoute("b"), ageMs: timers.nowMs });
});
