import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CHANGE_POLL_MS, QUESTION_POLL_MS } from "../../../route-api/store/dynamodb/open.ts";
import { PARTS, withPart } from "../../capacity/pages.ts";
import { demandOf, SITES } from "../../capacity/sites.ts";
import { LOOKS_PER_SECOND } from "../../capacity/unit-costs.ts";

// What is simulated is compared in test/scale.
test.each(
  PARTS.filter(({ part }) => part !== "feed").map(({ page, part, write }) => ({ page, part, write })),
)(
  "docs/$page has the table of $part as calculated; `npm run capacity` writes it anew",
  async ({ page, part, write }) => {
    const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
    expect(text).toBe(withPart(text, part, await write()));
  },
);

test("looks at the feeds are counted as often as route APIs look", () => {
  expect(LOOKS_PER_SECOND).toBe(1000 / CHANGE_POLL_MS + 1000 / QUESTION_POLL_MS);
});

test.each([
  ["small", { edges: 4, hosts: 2, routeApis: 2 }],
  // 30 tasks, 7 on a host that is 90 % full.
  ["medium", { edges: 30, hosts: 5, routeApis: 2 }],
  ["large", { edges: 300, hosts: 48, routeApis: 8 }],
] as const)("a %s site runs what its load needs", (name, expected) => {
  expect(demandOf(SITES[name])).toMatchObject(expected);
});

test("a page without a place for a table is refused", () => {
  expect(() => withPart("text", "costs", "")).toThrow("the page must have one line");
});
