import { expect, test } from "vitest";
import { ATTACKS } from "../../abuse/attacks.ts";
import { attacksOf, tooSlow, withTable } from "../../abuse/page.ts";

const span = (p99Ms: number, failed = 0) => ({ logins: 100, failed, p99Ms });
const cost = (quietMs: number, under: ReturnType<typeof span>, open = 0) => ({
  quiet: span(quietMs),
  under,
  open,
});

test("an attack must leave good users' logins fast, and let none fail", () => {
  expect(tooSlow({ a: { mmp: cost(10, span(30)) } })).toEqual([]);
  expect(tooSlow({ a: { mmp: cost(10, span(31)) } })).toHaveLength(1);
  expect(tooSlow({ a: { mmp: cost(10, span(10, 1)) } })).toHaveLength(1);
  // What it does to a peer is told, not judged.
  expect(tooSlow({ a: { nginx: cost(10, span(90, 9)) } })).toEqual([]);
});

test("the page's table has all attacks, and keeps what is around it", () => {
  const page = "before\n<!-- Attacks: written by `npm run abuse -- --write` -->\nold\n<!-- end -->\nafter\n";
  const written = withTable(page, {
    "rubbish for base64": { mmp: cost(10, span(20, 1)) },
    "connections that say nothing": { mmp: cost(10, span(20), 19_990), nginx: cost(10, span(20), 12_000) },
  });
  expect(attacksOf(written)).toEqual(ATTACKS.map(({ name }) => name));
  expect(written).toContain(
    "| rubbish for base64 (50 a second) | 10 ms → 20 ms (× 2.0) | 1 of 100 | not run |  |",
  );
  expect(written).toContain(
    "(20000 open) | 10 ms → 20 ms (× 2.0) | 0 of 100 | 10 ms → 20 ms (× 2.0), 12000 held | 0 of 100 |",
  );
  expect(written.startsWith("before\n") && written.endsWith("\n<!-- end -->\nafter\n")).toBe(true);
});
