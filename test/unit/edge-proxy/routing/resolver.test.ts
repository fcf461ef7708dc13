import { describe, expect, test } from "vitest";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import type { ClaimsQuestion, RouteRequest } from "../../../../edge-proxy/api-client/client.ts";
import { newCounters } from "../../../../edge-proxy/api-client/counters.ts";
import { type KnownRoute, RouteMemory } from "../../../../edge-proxy/routing/memory.ts";
import { RouteResolver } from "../../../../edge-proxy/routing/resolver.ts";
import type { Change } from "../../../../route-api/contract/changes.ts";
import { aRoute, HandWheel, routeAnswer, said } from "./api-double.ts";

interface Options {
  bytes?: number;
  freshSeconds?: number;
  staleSeconds?: number;
  askElsewhere?: (key: string, answered: (known: KnownRoute | undefined) => void) => void;
}

const OUT: RouteAnswer = { is: "unavailable", detail: "out" };

function start({ bytes = 1_000_000, ...options }: Options = {}) {
  const asked: RouteRequest[] = [];
  const heard: string[] = [];
  const claims: ClaimsQuestion[] = [];
  const timers = new HandWheel();
  const counters = newCounters();
  const feed = { answeredMs: Number.NEGATIVE_INFINITY };
  const memory = new RouteMemory(bytes, timers, counters);
  const recovery = { untilMs: 0 };
  const resolver = new RouteResolver({
    memory,
    client: {
      get recoversUntilMs() {
        return recovery.untilMs;
      },
      lookup: (request) => void asked.push(request),
      claims: (request) => void claims.push(request),
    },
    timers,
    feed,
    freshSeconds: 10,
    followedSeconds: 1000,
    feedSilentSeconds: 20,
    staleSeconds: 100,
    negativeSeconds: 5,
    replicaSeconds: 2,
    lookupSeconds: 3,
    askElsewhere: (_key, answered) => answered(undefined),
    ...options,
  });
  return {
    memory,
    asked,
    heard,
    claims,
    recovery,
    resolver,
    counters,
    resolve: (login: string) => resolver.resolve(login, { resolved: (answer) => heard.push(said(answer)) }),
    search: (value: string) =>
      resolver.search(
        { match: { attribute: "uid", value } },
        { resolved: (answer) => heard.push(said(answer)) },
      ),
    answer(given: RouteAnswer) {
      const request = asked.shift();
      if (request === undefined) throw new Error("nothing was asked");
      request.answered(given);
    },
    /** The feed says that nothing has changed. */
    follow: () => {
      feed.answeredMs = timers.nowMs;
    },
    told: (account: string, names = [account]) =>
      memory.told({ kind: "route", uuid: `uuid of ${account}`, account, names }),
    later: (seconds: number) => timers.turn(seconds),
  };
}

describe("searches", () => {
  test("are kept like look-ups, apart from them, and dropped with their account", () => {
    const { asked, heard, counters, search, resolve, answer, told } = start();
    search("a");
    search("A");
    resolve("(uid=a)");
    expect(asked.map(({ wanted }) => wanted)).toEqual([
      { match: { attribute: "uid", value: "a" } },
      "(uid=a)",
    ]);
    answer(routeAnswer("found"));
    answer({ is: "unknown" });
    search("a");
    expect(heard).toEqual(["found on store1", "found on store1", "unknown", "found on store1"]);
    told("found", ["another name"]);
    search("a");
    expect(asked).toHaveLength(1);
    expect(counters).toMatchObject({ invalidations: 1 });
  });

  test("an answer that a change of its account has overtaken is asked for again", () => {
    const { asked, heard, search, answer, told } = start();
    search("a");
    told("found");
    answer(routeAnswer("found", { mailHost: ["old"] }));
    expect(asked).toHaveLength(1);
    answer(routeAnswer("found", { mailHost: ["new"] }));
    expect(heard).toEqual(["found on new"]);
  });
});

describe("without a feed", () => {
  test("a request is for the session that waits first", () => {
    const { asked, claims, resolver } = start();
    for (const sid of ["a-1", "a-2"]) resolver.resolve("alice", { sid, resolved() {} });
    resolver.claims({ names: ["alice"], attributes: [] }, { sid: "a-3", claimed() {} });
    expect([...asked, ...claims].map(({ sid }) => sid)).toEqual(["a-1", "a-3"]);
  });

  test("one request for many waiters, then the cache", () => {
    const { asked, heard, counters, resolve, answer } = start();
    resolve("a");
    resolve("a");
    expect(asked).toHaveLength(1);
    answer(routeAnswer("a"));
    resolve("a");
    expect(heard).toEqual(["a on store1", "a on store1", "a on store1"]);
    expect(asked).toHaveLength(0);
    expect(counters).toMatchObject({ misses: 2, hits: 1, lookups: 1, entries: 1 });
  });

  test("a stale route is used and refreshed once; with the API out it is still used", () => {
    const { asked, heard, counters, later, resolve, answer } = start();
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["old"] }));
    later(11);
    resolve("a");
    resolve("a");
    expect(asked).toHaveLength(1);
    answer(OUT);
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["new"] }));
    resolve("a");
    expect(heard).toEqual(["a on old", "a on old", "a on old", "a on old", "a on new"]);
    expect(counters).toMatchObject({ staleHits: 3, hits: 1, failures: 1 });
  });

  test("near the end of its time a route that is used is asked for ahead", () => {
    const { asked, heard, later, resolve, answer } = start();
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["old"] }));
    later(8.9);
    resolve("a");
    expect(asked).toHaveLength(0);
    later(0.2);
    resolve("a");
    resolve("a");
    expect(asked).toHaveLength(1);
    answer(routeAnswer("a", { mailHost: ["new"] }));
    later(5);
    resolve("a");
    expect(heard.slice(1)).toEqual(["a on old", "a on old", "a on old", "a on new"]);
    expect(asked).toHaveLength(0);
  });

  test("past its time a route is not used any more", () => {
    const { heard, later, resolve, answer } = start();
    resolve("a");
    answer(routeAnswer("a"));
    later(111);
    resolve("a");
    answer(OUT);
    expect(heard).toEqual(["a on store1", "unavailable"]);
  });

  test("unknown and ambiguous names are kept for a short time, failures not at all", () => {
    const { asked, heard, counters, later, resolve, answer } = start();
    resolve("a");
    answer(OUT);
    resolve("a");
    answer({ is: "unknown" });
    resolve("a");
    resolve("b");
    answer({ is: "ambiguous" });
    resolve("b");
    expect(heard).toEqual(["unavailable", "unknown", "unknown", "ambiguous", "ambiguous"]);
    expect(counters.negativeHits).toBe(2);
    later(5);
    resolve("a");
    resolve("b");
    expect(asked).toHaveLength(2);
  });

  test("a user who appears, and one who is gone", () => {
    const { heard, counters, later, resolve, answer } = start();
    resolve("a");
    answer({ is: "unknown" });
    later(6);
    resolve("a");
    answer(routeAnswer("a"));
    later(11);
    resolve("a");
    answer({ is: "unknown" });
    resolve("a");
    expect(heard).toEqual(["unknown", "a on store1", "a on store1", "unknown"]);
    expect(counters.entries).toBe(1);
  });

  test("where every login is to be asked for, nothing is used, not even with a feed", () => {
    const { asked, follow, resolve, answer } = start({ freshSeconds: 0, staleSeconds: 0 });
    follow();
    for (let login = 0; login < 3; login++) {
      resolve("a");
      expect(asked).toHaveLength(1);
      answer(routeAnswer("a"));
    }
  });

  test("guessed names do not push out the routes of users", () => {
    const { heard, counters, resolve, answer } = start({ bytes: 65_536 });
    resolve("user");
    answer(routeAnswer("user"));
    for (let guess = 0; guess < 1000; guess++) {
      resolve(`guess${guess}`);
      answer({ is: "unknown" });
    }
    resolve("user");
    expect(heard.at(-1)).toBe("user on store1");
    expect(counters.evictions).toBeGreaterThan(900);
    expect(counters.bytes).toBeLessThan(65_536);
  });
});

describe("with a feed", () => {
  test("a route is fresh for long while the feed speaks, and for less once it is silent", () => {
    const { asked, later, follow, resolve, answer } = start();
    follow();
    resolve("a");
    answer(routeAnswer("a"));
    later(500);
    follow();
    resolve("a");
    later(19);
    resolve("a");
    expect(asked).toHaveLength(0);
    later(1);
    resolve("a");
    expect(asked).toHaveLength(1);
  });

  test("a change drops what its names lead to, and every other name of the account", () => {
    const { asked, counters, resolve, answer, told } = start();
    for (const login of ["a", "alias", "b"]) resolve(login);
    answer(routeAnswer("a"));
    answer(routeAnswer("a"));
    answer(routeAnswer("b"));
    resolve("nobody");
    answer({ is: "unknown" });
    told("a", ["a", "nobody"]);
    expect(counters).toMatchObject({ invalidations: 3, entries: 1 });
    for (const login of ["a", "alias", "nobody", "b"]) resolve(login);
    expect(asked.map(({ wanted }) => wanted)).toEqual(["a", "alias", "nobody"]);
  });

  test.each([
    ["by name", ["a"]],
    ["by account", []],
  ])("an answer that a change has overtaken (%s) is asked for again, for the same waiters", (_how, names) => {
    const { asked, heard, counters, resolve, answer, told } = start();
    resolve("a");
    told("a", names);
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["old"] }));
    expect(heard).toEqual([]);
    expect(asked).toHaveLength(1);
    answer(routeAnswer("a", { mailHost: ["new"] }));
    expect(heard).toEqual(["a on new", "a on new"]);
    expect(counters).toMatchObject({ overtaken: 1, entries: 1 });
  });

  test("that nobody is there is overtaken by the news that somebody is", () => {
    const { heard, resolve, answer, told } = start();
    resolve("a");
    told("a");
    answer({ is: "unknown" });
    answer(routeAnswer("a"));
    resolve("a");
    expect(heard).toEqual(["a on store1", "a on store1"]);
  });

  test("an overtaken answer that nobody waits for is dropped", () => {
    const { asked, heard, later, resolve, answer, told } = start();
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["old"] }));
    later(11);
    resolve("a");
    told("a");
    answer(routeAnswer("a", { mailHost: ["old"] }));
    expect(asked).toHaveLength(0);
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["new"] }));
    expect(heard).toEqual(["a on old", "a on old", "a on new"]);
  });

  test("a route that changes all the time is a temporary failure in the end", () => {
    const { asked, heard, resolve, answer, told } = start();
    resolve("a");
    for (let change = 0; change < 4; change++) {
      told("a");
      answer(routeAnswer("a"));
    }
    expect(asked).toHaveLength(0);
    expect(heard).toEqual(["unavailable"]);
  });

  test("changes of others overtake nothing", () => {
    const { asked, heard, resolve, answer, told } = start();
    resolve("a");
    told("b");
    answer(routeAnswer("a"));
    expect(heard).toEqual(["a on store1"]);
    expect(asked).toHaveLength(0);
  });

  describe("before the change has reached the API's replica", () => {
    const uuid = "uuid of a";
    const change: Change & { kind: "route" } = {
      kind: "route",
      uuid,
      account: "a",
      names: ["a", "old"],
      former: ["old"],
      write: 5,
    };
    const nobody: RouteAnswer = { is: "unknown" };
    const CASES: [name: string, login: string, first: RouteAnswer, then: RouteAnswer, heard: string][] = [
      [
        "an older route",
        "a",
        routeAnswer("a", { write: 4 }),
        routeAnswer("a", { write: 5, mailHost: ["new"] }),
        "a on new",
      ],
      ["nobody, where there is somebody now", "a", nobody, routeAnswer("a", { write: 6 }), "a on store1"],
      [
        "the account that had the name",
        "a",
        routeAnswer("b", { write: 3 }),
        routeAnswer("a", { write: 5 }),
        "a on store1",
      ],
      [
        "the account by a name that it no longer has",
        "old",
        routeAnswer("a", { write: 4 }),
        nobody,
        "unknown",
      ],
    ];
    test.each(CASES)(
      "%s is not learned, and asked again until it is there",
      (_name, login, first, then, said) => {
        const { memory, asked, heard, later, resolve, answer } = start();
        memory.told(change);
        resolve(login);
        for (let n = 0; n < 3; n++) {
          answer(first);
          expect([asked.length, heard]).toEqual([0, []]);
          later(0.5);
          expect(asked).toHaveLength(1);
        }
        answer(then);
        expect(heard).toEqual([said]);
        resolve(login);
        expect(heard).toEqual([said, said]);
      },
    );

    /** Resolves the login while the API answers the same each time; returns how often it was asked. */
    const stuck = (
      { resolve, later, asked, answer }: ReturnType<typeof start>,
      login: string,
      given: RouteAnswer,
    ) => {
      let asks = 0;
      resolve(login);
      for (let tenths = 0; tenths < 30; tenths++) {
        for (; asked.length > 0; asks++) answer(given);
        later(0.1);
      }
      return asks;
    };

    test("the account's earlier route is used in the end, each time after a few questions, but never cached", () => {
      const rig = start();
      rig.memory.told(change);
      const old = routeAnswer("a", { write: 4, mailHost: ["old"] });
      expect(stuck(rig, "a", old)).toBe(6);
      expect(rig.heard).toEqual(["a on old"]);
      rig.later(300);
      expect(stuck(rig, "a", old)).toBe(6);
      rig.resolve("a");
      rig.answer(routeAnswer("a", { write: 5, mailHost: ["new"] }));
      rig.resolve("a");
      expect(rig.heard.slice(1)).toEqual(["a on old", "a on new", "a on new"]);
    });

    test.each([
      ["nobody, where there is somebody now", "a", nobody],
      ["the account that had the name", "a", routeAnswer("b", { write: 3 })],
      ["the account by a name that it no longer has", "old", routeAnswer("a", { write: 4 })],
    ])("%s is a temporary failure in the end", (_name, login, given) => {
      const rig = start();
      rig.memory.told(change);
      stuck(rig, login, given);
      expect(rig.heard).toEqual(["unavailable"]);
    });

    test("a name that goes from one account to another leads to the other, in whatever order they are told", () => {
      const rig = start();
      const from: Change & { kind: "route" } = {
        ...change,
        uuid: "uuid of b",
        names: ["a"],
        former: ["a"],
        write: 6,
      };
      for (const told of [change, from]) rig.memory.told(told);
      for (const outdated of [nobody, routeAnswer("b", { write: 3 })]) stuck(rig, "a", outdated);
      rig.memory.told(from);
      rig.memory.told(change);
      stuck(rig, "a", routeAnswer("b", { write: 3 }));
      expect(rig.heard).toEqual(["unavailable", "unavailable", "unavailable"]);
      rig.resolve("a");
      rig.answer(routeAnswer("a", { write: 5 }));
      expect(rig.heard.at(-1)).toBe("a on store1");
    });

    test("a search that leads to the account's earlier route is asked again, too", () => {
      const { memory, asked, heard, later, search, answer } = start();
      memory.told(change);
      search("x");
      answer(routeAnswer("a", { write: 4 }));
      expect(heard).toEqual([]);
      later(0.1);
      expect(asked).toHaveLength(1);
      answer(routeAnswer("a", { write: 5 }));
      expect(heard).toEqual(["a on store1"]);
    });

    test("what is asked within a minute of a start, or of a gap, is soon asked again", () => {
      const { memory, asked, heard, follow, later, resolve, answer } = start();
      memory.suspectAll();
      resolve("a");
      answer(routeAnswer("a", { mailHost: ["old"] }));
      later(20);
      follow();
      resolve("a");
      answer(routeAnswer("a", { mailHost: ["new"] }));
      later(60);
      resolve("b");
      answer(routeAnswer("b"));
      later(500);
      follow();
      resolve("b");
      expect(asked).toHaveLength(0);
      expect(heard).toEqual(["a on old", "a on old", "b on store1", "b on store1"]);
    });

    test("from an API that does not number writes any answer counts", () => {
      const { memory, heard, resolve, answer } = start();
      memory.told(change);
      resolve("a");
      answer(routeAnswer("a"));
      expect(heard).toEqual(["a on store1"]);
      const { write: _, ...unnumbered } = change;
      memory.told(unnumbered);
      resolve("a");
      answer(nobody);
      expect(heard).toEqual(["a on store1", "unknown"]);
    });
  });

  test("what was told of a moment ago is read for certain, all else as it is cheapest", () => {
    const { memory, asked, later, resolve, answer, told } = start();
    told("a");
    for (const login of ["a", "b"]) resolve(login);
    expect(asked.map(({ certain }) => certain)).toEqual([true, false]);
    told("b");
    answer(routeAnswer("a"));
    answer(routeAnswer("b"));
    expect(asked.map(({ wanted, certain }) => [wanted, certain])).toEqual([["b", true]]);
    answer(routeAnswer("b"));
    later(5);
    told("c");
    later(5);
    resolve("c");
    memory.suspectAll();
    resolve("b");
    expect(asked.map(({ certain }) => certain)).toEqual([false, true]);
  });

  test("after a gap each route is asked for first, and the old one used only where the API is out", () => {
    const { memory, asked, heard, later, resolve, answer } = start();
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["old"] }));
    resolve("nobody");
    answer({ is: "unknown" });
    later(3);
    memory.suspectAll();
    resolve("a");
    resolve("nobody");
    expect(heard).toEqual(["a on old", "unknown"]);
    answer(OUT);
    answer(OUT);
    expect(heard.slice(2)).toEqual(["a on old", "unavailable"]);
    resolve("a");
    answer(routeAnswer("a", { mailHost: ["new"] }));
    resolve("a");
    expect(heard.slice(4)).toEqual(["a on new", "a on new"]);
    expect(asked).toHaveLength(0);
  });

  test("a gap overtakes what is under way", () => {
    const { memory, heard, resolve, answer } = start();
    resolve("a");
    memory.suspectAll();
    answer(routeAnswer("a", { mailHost: ["old"] }));
    answer(routeAnswer("a", { mailHost: ["new"] }));
    expect(heard).toEqual(["a on new"]);
  });

  test("more changes than can be remembered overtake all that is under way, and drop nothing", () => {
    const { asked, heard, counters, resolve, answer, told } = start();
    resolve("kept");
    answer(routeAnswer("kept"));
    resolve("a");
    for (let change = 0; change < 20_000; change++) told(`other${change}`);
    answer(routeAnswer("a", { mailHost: ["old"] }));
    answer(routeAnswer("a", { mailHost: ["new"] }));
    resolve("kept");
    expect(heard).toEqual(["kept on store1", "a on new", "kept on store1"]);
    expect(asked).toHaveLength(0);
    expect(counters.invalidations).toBe(0);
  });
});

describe("other workers of the host", () => {
  const elsewhere = (known: Record<string, KnownRoute>) => {
    const asked: string[] = [];
    return {
      asked,
      askElsewhere: (key: string, answered: (route: KnownRoute | undefined) => void): void => {
        asked.push(key);
        answered(known[key]);
      },
    };
  };
  const known = { a: { key: "a", route: aRoute("a"), ageMs: 5000 } };

  test("are asked where the API cannot be, and the cache has nothing", () => {
    const { asked, askElsewhere } = elsewhere(known);
    const { heard, resolve, answer } = start({ askElsewhere });
    resolve("a");
    resolve("b");
    answer(OUT);
    answer(OUT);
    expect(heard).toEqual(["a on store1", "unavailable"]);
    expect(asked).toEqual(["a", "b"]);
  });

  test("are not asked again for what they said, nor while the API answers; it still counts", () => {
    const { asked, askElsewhere } = elsewhere(known);
    const { heard, resolve, answer } = start({ askElsewhere });
    resolve("a");
    answer(OUT);
    resolve("a");
    answer(OUT);
    resolve("a");
    answer({ is: "unknown" });
    expect(heard).toEqual(["a on store1", "a on store1", "unknown"]);
    expect(asked).toEqual(["a"]);
  });

  test("know nothing that counts any more once its time is over", () => {
    const { askElsewhere } = elsewhere({ a: { ...known.a, ageMs: 1_000_000 } });
    const { heard, resolve, answer } = start({ askElsewhere });
    resolve("a");
    answer(OUT);
    expect(heard).toEqual(["unavailable"]);
  });
});

test("who claims a name is asked each time, consistently, within the time of a look-up", () => {
  const { resolver, claims } = start();
  const heard: string[] = [];
  for (let times = 0; times < 2; times++)
    resolver.claims({ names: ["a"] }, { claimed: ({ is }) => heard.push(is) });
  expect(claims).toMatchObject([
    { wanted: { names: ["a"] }, certain: true, deadlineMs: 3000 },
    { wanted: { names: ["a"] }, certain: true, deadlineMs: 3000 },
  ]);
  claims[0]?.answered({ is: "too-many" });
  expect(heard).toEqual(["too-many"]);
});

test("while the API recovers, stale routes are used without a refresh, and what nobody knows is asked", () => {
  const { asked, heard, recovery, later, resolve, answer } = start();
  resolve("a");
  answer(routeAnswer("a"));
  later(20);
  recovery.untilMs = 30_000;
  resolve("a");
  expect(asked).toHaveLength(0);
  resolve("b");
  expect(asked).toHaveLength(1);
  answer(routeAnswer("b"));
  later(10);
  resolve("a");
  expect(asked).toHaveLength(1);
  expect(heard).toEqual(["a on store1", "a on store1", "b on store1", "a on store1"]);
});

test("what is cached can be looked at without any effect", () => {
  const { resolver, counters, resolve, answer, follow, later } = start();
  follow();
  expect(resolver.cached("alice")).toBeUndefined();
  resolve("alice");
  answer(routeAnswer("alice"));
  resolve("nobody");
  answer({ is: "unknown" });
  const before = { ...counters };
  later(4);
  expect(resolver.cached("alice")).toEqual({ standing: "fresh", ageSeconds: 4, leads: true });
  expect(resolver.cached("nobody")).toEqual({ standing: "fresh", ageSeconds: 4, leads: false });
  later(2);
  expect(resolver.cached("nobody")).toMatchObject({ standing: "spent" });
  expect(resolver.cached("nobody")).toMatchObject({ ageSeconds: 6 });
  expect(counters).toEqual(before);
});
