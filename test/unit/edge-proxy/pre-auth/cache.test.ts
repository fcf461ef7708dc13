import { inspect } from "node:util";
import { expect, test } from "vitest";
import { PreAuthCache } from "../../../../edge-proxy/pre-auth/cache.ts";
import { HandWheel } from "../routing/api-double.ts";

const owner = (uuid: string, version = "1") => ({ uuid, version });

function start(entries = 10, seconds = 900) {
  const wheel = new HandWheel();
  return { wheel, cache: new PreAuthCache(entries, seconds, wheel) };
}

test("knows what it has learned, of that user and that password alone", () => {
  const { cache } = start();
  cache.learn(owner("a"), "right");
  expect(cache.isRight(owner("a"), "right")).toBe(true);
  expect(cache.isRight(owner("a"), "wrong")).toBe(false);
  expect(cache.isRight(owner("b"), "right")).toBe(false);
  // The wrong one takes nothing away.
  expect(cache.isRight(owner("a"), "right")).toBe(true);
});

test("no two pairs of user and password are one", () => {
  const { cache } = start();
  cache.learn(owner("a\0b"), "c");
  expect(cache.isRight(owner("a"), "b\0c")).toBe(false);
});

test("forgets after its time", () => {
  const { wheel, cache } = start(10, 5);
  cache.learn(owner("a"), "right");
  wheel.turn(4.9);
  expect(cache.isRight(owner("a"), "right")).toBe(true);
  wheel.turn(0.1);
  expect(cache.isRight(owner("a"), "right")).toBe(false);
});

test("forgets when the entry has changed, for good", () => {
  const { cache } = start();
  cache.learn(owner("a", "1"), "right");
  expect(cache.isRight(owner("a", "2"), "right")).toBe(false);
  expect(cache.isRight(owner("a", "1"), "right")).toBe(false);
});

test("a new password takes the place of the old", () => {
  const { cache } = start();
  cache.learn(owner("a"), "old");
  cache.learn(owner("a"), "new");
  expect([cache.isRight(owner("a"), "old"), cache.isRight(owner("a"), "new")]).toEqual([false, true]);
});

test("holds as many as it may: the oldest goes", () => {
  const { cache } = start(2);
  for (const uuid of ["a", "b"]) cache.learn(owner(uuid), "right");
  cache.learn(owner("a"), "right");
  cache.learn(owner("c"), "right");
  expect(["a", "b", "c"].map((uuid) => cache.isRight(owner(uuid), "right"))).toEqual([true, false, true]);
});

test.each([
  [0, 900],
  [10, 0],
])("%i entries for %i seconds are none", (entries, seconds) => {
  const { cache } = start(entries, seconds);
  cache.learn(owner("a"), "right");
  expect(cache.isRight(owner("a"), "right")).toBe(false);
});

test("shows no password", () => {
  const { cache } = start();
  cache.learn(owner("a"), "right");
  expect(inspect(cache, { depth: 9, showHidden: true }) + JSON.stringify(cache)).not.toContain("right");
});
