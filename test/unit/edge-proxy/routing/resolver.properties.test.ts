import fc from "fast-check";
import { expect, test } from "vitest";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { RouteClient, type RouteRequest } from "../../../../edge-proxy/api-client/client.ts";
import { newCounters } from "../../../../edge-proxy/api-client/counters.ts";
import { RouteMemory } from "../../../../edge-proxy/routing/memory.ts";
import { RouteResolver } from "../../../../edge-proxy/routing/resolver.ts";
import { address, aRoute, fakeTransport, HandWheel, POOL, said } from "./api-double.ts";

/** By itself fast-check prefers short lists, in which little can go wrong. */
const LONG = { maxLength: 80, size: "max" } as const;
const LOGINS = ["a", "alias of a", "b", "shared"];

/** A directory whose every state is kept: the n-th state of a login is what a look-up gave after n changes of it. */
class Directory {
  readonly #states = new Map<string, string[]>(LOGINS.map((login) => [login, ["unknown"]]));
  #version = 0;

  /** Gives an account another store, or takes `shared` from one account to the other, or removes it. */
  change(account: "a" | "b", names: string[], removed: boolean): void {
    this.#version++;
    for (const name of names) {
      this.#states.get(name)?.push(removed ? "unknown" : `${account} on ${this.#version}`);
    }
  }

  count = (login: string): number => (this.#states.get(login)?.length ?? 0) - 1;

  read(login: string): RouteAnswer {
    const state = this.#states.get(login)?.at(-1) ?? "unknown";
    const [account = "", host] = state.split(" on ");
    return host === undefined
      ? { is: "unknown" }
      : { is: "route", route: aRoute(account, { mailHost: [host] }) };
  }

  /** After how many changes of the login this was the answer; the latest such. -1: never. */
  placeOf(login: string, word: string): number {
    return this.#states.get(login)?.lastIndexOf(word) ?? -1;
  }
}

const login = fc.constantFrom(...LOGINS);
const pick = fc.nat(5);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("resolve" as const), login }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("answer" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      account: fc.constantFrom("a" as const, "b" as const),
      shared: fc.boolean(),
      removed: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tell" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(0.1, 1, 3, 60, 4000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("feed" as const) }) },
);

test("no login hears of a route older than what was told before it began, nor of another's", () => {
  fc.assert(
    fc.property(fc.array(step, LONG), (steps) => {
      const timers = new HandWheel();
      const directory = new Directory();
      const feed = { answeredMs: Number.NEGATIVE_INFINITY };
      const underWay: { request: RouteRequest; read?: RouteAnswer }[] = [];
      const untold: { account: string; names: string[] }[] = [];
      /** How many changes of a login were told; with a gap, how many there must have been. */
      const told = new Map<string, number>(LOGINS.map((each) => [each, 0]));
      let failing = false;
      let waiting = 0;
      const memory = new RouteMemory(1_000_000, timers, newCounters());
      const resolver = new RouteResolver({
        client: { lookup: (request) => void underWay.push({ request }), claims() {}, recoversUntilMs: 0 },
        timers,
        feed,
        memory,
        freshSeconds: 60,
        followedSeconds: 3600,
        feedSilentSeconds: 10,
        staleSeconds: 100_000,
        negativeSeconds: 100_000,
        replicaSeconds: 2,
        lookupSeconds: 3,
        askElsewhere: (_key, answered) => answered(undefined),
      });

      const resolve = (name: string): void => {
        const atLeast = told.get(name) ?? 0;
        waiting++;
        resolver.resolve(name, {
          resolved(answer) {
            waiting--;
            if (answer.is === "unavailable") return;
            const place = directory.placeOf(name, said(answer));
            expect(place, `${name} was never ${said(answer)}`).toBeGreaterThanOrEqual(0);
            // The API being out is the one excuse, and for what was lost only.
            if (!failing) expect(place, `${name} heard ${said(answer)}`).toBeGreaterThanOrEqual(atLeast);
          },
        });
      };

      const fail = (lookups: typeof underWay): void => {
        failing = true;
        for (const { request } of lookups) request.answered({ is: "unavailable", detail: "out" });
        failing = false;
      };

      for (const each of steps) {
        switch (each.do) {
          case "resolve":
            resolve(each.login);
            break;
          case "read": {
            const lookup = underWay[each.pick % Math.max(1, underWay.length)];
            if (lookup !== undefined) lookup.read ??= directory.read(String(lookup.request.wanted));
            break;
          }
          case "answer": {
            const [lookup] = underWay.splice(each.pick % Math.max(1, underWay.length), 1);
            lookup?.request.answered(lookup.read ?? directory.read(String(lookup.request.wanted)));
            break;
          }
          case "fail":
            fail(underWay.splice(each.pick % Math.max(1, underWay.length), 1));
            break;
          case "change": {
            const { account, shared, removed } = each;
            const names = [...(account === "a" ? ["a", "alias of a"] : ["b"]), ...(shared ? ["shared"] : [])];
            directory.change(account, names, removed);
            untold.push({ account, names });
            break;
          }
          case "tell": {
            const change = untold.shift();
            if (change === undefined) break;
            const { account, names } = change;
            memory.told({ kind: "route", uuid: `uuid of ${account}`, account, names });
            for (const name of names) told.set(name, (told.get(name) ?? 0) + 1);
            break;
          }
          case "lose":
            untold.length = 0;
            memory.suspectAll();
            for (const name of LOGINS) told.set(name, directory.count(name));
            break;
          case "wait": {
            timers.turn(each.seconds);
            // The client ends each by its deadline.
            const late = underWay.filter(({ request }) => request.deadlineMs <= timers.nowMs);
            for (const lookup of late) underWay.splice(underWay.indexOf(lookup), 1);
            fail(late);
            break;
          }
          case "feed":
            feed.answeredMs = timers.nowMs;
            break;
        }
      }
      // Nobody waits for ever.
      while (underWay.length > 0) {
        const lookup = underWay.shift();
        lookup?.request.answered(directory.read(String(lookup.request.wanted)));
      }
      expect(waiting).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

const clientStep = fc.oneof(
  { weight: 5, arbitrary: fc.constant("lookup" as const) },
  { weight: 2, arbitrary: fc.constant("accept" as const) },
  { weight: 5, arbitrary: fc.constant("answer" as const) },
  { weight: 1, arbitrary: fc.constant("close" as const) },
  { weight: 1, arbitrary: fc.constant("refuse" as const) },
  { weight: 1, arbitrary: fc.constant("error" as const) },
  { weight: 3, arbitrary: fc.constant("wait" as const) },
);

test("each look-up is answered once, within its time, with the route of its own login", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(clientStep, fc.nat(6)), LONG),
      fc.integer({ min: 1, max: 3 }),
      (steps, hosts) => {
        const timers = new HandWheel();
        const { transport, connections } = fakeTransport();
        const open = new Map<string, number>();
        let begun = 0;
        const client = new RouteClient({
          transport,
          timers,
          addresses: ["one", "two", "three"].slice(0, hosts).map(address),
          lookupSeconds: 3,
          ...POOL,
          circuitFailures: 4,
          circuitOpenSeconds: 2,
          recoverySeconds: 4,
          counters: newCounters(),
          report: () => {},
          random: () => 0.5,
        });
        const accepted = new Set<number>();
        for (const [what, number] of steps) {
          const alive = connections.filter(({ closed }) => !closed);
          const connection = alive[number % Math.max(1, alive.length)];
          const index = connection === undefined ? -1 : connections.indexOf(connection);
          switch (what) {
            case "lookup": {
              const name = `user${begun++}`;
              const deadlineMs = timers.nowMs + 3000;
              open.set(name, deadlineMs);
              client.lookup({
                wanted: name,
                certain: false,
                deadlineMs,
                answered(answer) {
                  expect(open.delete(name), `${name} was answered twice`).toBe(true);
                  expect(timers.nowMs).toBeLessThanOrEqual(deadlineMs);
                  if (answer.is !== "unavailable") expect(said(answer)).toBe(`${name} on store1`);
                },
              });
              break;
            }
            case "accept":
              if (connection !== undefined && !accepted.has(index)) connection.accept();
              accepted.add(index);
              break;
            case "answer": {
              const path = connection?.requests[0];
              if (path !== undefined) connection?.answer(200, aRoute(path.replace("/v1/routes/", "")));
              break;
            }
            case "error":
              if (connection !== undefined && connection.requests.length > 0) connection.answer(503, {});
              break;
            case "close":
              connection?.close();
              break;
            case "refuse":
              if (!accepted.has(index)) connection?.refuse();
              break;
            case "wait":
              timers.turn(number / 2);
              break;
          }
          for (const deadlineMs of open.values()) expect(timers.nowMs).toBeLessThanOrEqual(deadlineMs);
        }
        timers.turn(10);
        expect(open.size).toBe(0);
        expect(timers.waiting).toBe(0);
      },
    ),
    { numRuns: 2000 },
  );
});
