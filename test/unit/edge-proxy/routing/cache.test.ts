import fc from "fast-check";
import { expect, test } from "vitest";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { newCounters } from "../../../../edge-proxy/api-client/counters.ts";
import { RouteCache } from "../../../../edge-proxy/routing/cache.ts";
import { routeKey, searchKey } from "../../../../edge-proxy/routing/keys.ts";
import type { RouteSearch } from "../../../../route-api/contract/search.ts";
import { routeAnswer } from "./api-double.ts";

const learned = (answer: RouteAnswer) => ({ answer, askedMs: 0, askedMark: 0 });

/** A cache with room for about as many routes of short names. */
function cacheFor(entries: number) {
  const counters = newCounters();
  const one = new RouteCache(Number.POSITIVE_INFINITY, counters);
  one.put("a", learned(routeAnswer("a")));
  const cache = new RouteCache(counters.bytes * entries, newCounters());
  const put = (key: string): void => cache.put(key, learned(routeAnswer(key)));
  const known = (keys: string): string => [...keys].filter((key) => cache.get(key) !== undefined).join("");
  const use = (key: string): void => {
    const entry = cache.get(key);
    if (entry !== undefined) entry.used = true;
  };
  return { cache, put, known, use };
}

test("what was learned the longest ago goes first", () => {
  const { put, known } = cacheFor(3);
  for (const key of "abcd") put(key);
  put("b");
  put("e");
  expect(known("abcde")).toBe("bde");
});

test("what was used is spared, once for each use", () => {
  const { put, known, use } = cacheFor(3);
  for (const key of "abc") put(key);
  use("a");
  put("d");
  put("e");
  expect(known("abcde")).toBe("ade");
  use("e");
  put("f");
  put("g");
  expect(known("adefg")).toBe("efg");
});

test("where all are in use one goes all the same, soon", () => {
  const { put, known, use } = cacheFor(26);
  const keys = "abcdefghijklmnopqrstuvwxyz";
  for (const key of keys) put(key);
  for (const key of keys) use(key);
  put("0");
  expect(known(keys)).toHaveLength(25);
});

test("an entry that is larger than the cache is not kept, and pushes out no other", () => {
  const { cache, put, known } = cacheFor(2);
  put("a");
  cache.put("big", learned(routeAnswer("big", { services: Array(1000).fill("+imap:ALL") })));
  expect(cache.get("big")).toBeUndefined();
  put("b");
  expect(known("ab")).toBe("ab");
});

test("all names of an account are found, and forgotten with their entries", () => {
  const { cache } = cacheFor(10);
  for (const key of ["a", "a2", "a3"]) cache.put(key, learned(routeAnswer("a")));
  cache.put("b", learned(routeAnswer("b")));
  expect(cache.keysOf("uuid of a")).toEqual(["a", "a2", "a3"]);
  cache.put("a2", learned(routeAnswer("b")));
  cache.delete("a");
  expect(cache.keysOf("uuid of a")).toEqual(["a3"]);
  expect(cache.keysOf("uuid of b")).toEqual(["b", "a2"]);
  cache.delete("a3");
  expect(cache.keysOf("uuid of a")).toEqual([]);
});

test("what it says that it holds is what it holds, whatever was done to it", () => {
  const key = fc.constantFrom(..."abcdefgh");
  const step = fc.oneof(
    fc.record({ do: fc.constant("put" as const), key, account: key, long: fc.boolean() }),
    fc.record({ do: fc.constant("delete" as const), key }),
    fc.record({ do: fc.constant("use" as const), key }),
    fc.record({ do: fc.constant("limit" as const), bytes: fc.nat(5000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const counters = newCounters();
      const cache = new RouteCache(5000, counters);
      let limit = 5000;
      for (const each of steps) {
        if (each.do === "put") {
          const hosts = [each.long ? "a-rather-long-name.example.com" : "s"];
          cache.put(each.key, learned(routeAnswer(each.account, { mailHost: hosts })));
        } else if (each.do === "delete") cache.delete(each.key);
        else if (each.do === "limit") {
          limit = each.bytes;
          cache.limit(limit);
        } else {
          const entry = cache.get(each.key);
          if (entry !== undefined) entry.used = true;
        }
        const entries = [..."abcdefgh"].flatMap((name) => cache.get(name) ?? []);
        expect(counters.entries).toBe(entries.length);
        expect(counters.bytes).toBe(entries.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(counters.bytes).toBeLessThanOrEqual(limit);
        for (const { key: name, answer } of entries) {
          if (answer.is === "route") expect(cache.keysOf(answer.route.uuid)).toContain(name);
        }
      }
      for (const name of "abcdefgh") cache.delete(name);
      expect(counters).toMatchObject({ entries: 0, bytes: 0 });
    }),
  );
});

test("no login name is the key of a search, and no search that of another", () => {
  // What a client can type has no control character in it.
  const name = fc
    .string({ minLength: 1 })
    .map((text) => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ""))
    .filter((text) => text !== "");
  const search = fc.record(
    {
      match: fc.record({ attribute: fc.constantFrom("uid", "mail"), value: name }),
      base: fc.option(name, { nil: undefined }),
      certificate: fc.option(name, { nil: undefined }),
    },
    { requiredKeys: ["match"] },
  ) as fc.Arbitrary<RouteSearch>;
  const asked = ({ match, base = "", certificate = "" }: RouteSearch): string =>
    `${JSON.stringify([match, base]).toLowerCase()} ${certificate}`;
  fc.assert(
    fc.property(name, search, search, (login, a, b) => {
      expect(routeKey(login)).not.toBe(searchKey(a));
      expect(searchKey(a) === searchKey(b)).toBe(asked(a) === asked(b));
    }),
  );
  const uid = (value: string, more: object = {}) =>
    searchKey({ match: { attribute: "uid", value }, ...more });
  expect(uid("bob")).toBe(uid("BOB"));
  expect(uid("bob")).not.toBe(routeKey("(uid=bob)"));
  expect(uid("bob", { certificate: "AAAA" })).not.toBe(uid("bob", { certificate: "aaaa" }));
  expect(uid("a)(b")).not.toBe(searchKey({ match: { all: [{ attribute: "uid", value: "a" }] } }));
});
