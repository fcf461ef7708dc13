import { expect, test } from "vitest";
import { Kicks } from "../../../../edge-proxy/guard/kicks.ts";

test("a login that began before a kick is struck by it, one that began after is not", () => {
  const kicks = new Kicks();
  const before = kicks.latest;
  kicks.mark("account", "alice");
  const after = kicks.latest;
  expect(kicks.since(before, "alice", "store1")).toBe(true);
  expect(kicks.since(before, "bob", "store1")).toBe(false);
  expect(kicks.since(after, "alice", "store1")).toBe(false);
  kicks.mark("store", "store1");
  expect(kicks.since(after, "bob", "store1")).toBe(true);
  expect(kicks.since(after, "alice", "store2")).toBe(false);
  kicks.mark("account", "alice");
  expect(kicks.since(after, "alice", "store2")).toBe(true);
});

test("an account is no store, and a login without either is struck by nothing", () => {
  const kicks = new Kicks();
  kicks.mark("account", "x");
  expect(kicks.since(0, undefined, "x")).toBe(false);
  expect(kicks.since(0, undefined, undefined)).toBe(false);
});

test("remembers the latest thousand", () => {
  const kicks = new Kicks();
  for (let each = 0; each <= 1000; each++) kicks.mark("account", `user${each}`);
  expect(kicks.since(0, "user0", undefined)).toBe(false);
  expect(kicks.since(0, "user1", undefined)).toBe(true);
});
