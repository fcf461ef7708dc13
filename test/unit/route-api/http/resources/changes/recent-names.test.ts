import { expect, test } from "vitest";
import { createRecentNames } from "../../../../../../route-api/http/resources/changes/recent-names.ts";
import { change } from "./support.ts";

test("names are recent for a while, then no more", () => {
  let now = 0;
  const recent = createRecentNames(100, () => now);
  recent.add([change("a")]);
  now = 90;
  recent.add([change("b")]);
  expect([recent.has("a"), recent.has("b"), recent.has("c")]).toEqual([true, true, false]);
  now = 185;
  expect([recent.has("b"), recent.has("c")]).toEqual([true, false]);
  now = 300;
  expect([recent.has("a"), recent.has("b")]).toEqual([false, false]);
  recent.add([{ kind: "all" }]);
  expect(recent.has("c")).toBe(true);
  now = 401;
  expect(recent.has("c")).toBe(false);
});
