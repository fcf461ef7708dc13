import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ATTACKS } from "../../abuse/attacks.ts";
import { attacksOf } from "../../abuse/page.ts";
import { faultsOf } from "../../faults/page.ts";
import { SCENARIOS } from "../../faults/scenarios.ts";
import { PROJECT } from "../../support/workspace.ts";

const page = readFileSync(join(PROJECT, "docs/reliability.md"), "utf8");

test("the table has the faults of the suite", () => {
  expect(faultsOf(page)).toEqual(SCENARIOS.map(({ fault }) => fault));
});

test("the table of abuse has the attacks of the suite", () => {
  expect(attacksOf(page)).toEqual(ATTACKS.map(({ name }) => name));
});

test("every promise names tests that exist", () => {
  const [, promises = ""] = page.split("| Promise | Test |\n| --- | --- |\n");
  const rows = promises.split("\n\n", 1)[0]?.split("\n") ?? [];
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) {
    const files = [...row.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, file = ""]) => file);
    expect(files, row).not.toEqual([]);
    for (const file of files) expect(existsSync(join(PROJECT, file)), `${row}: ${file}`).toBe(true);
  }
});
