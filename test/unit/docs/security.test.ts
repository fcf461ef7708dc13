import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROJECT } from "../../support/workspace.ts";

const page = readFileSync(join(PROJECT, "docs/security.md"), "utf8");
/** Rows of the tables of attacks: attack, protection, test. */
const rows = page
  .split(/^\| Attack /m)
  .slice(1)
  .flatMap((table) => table.split("\n\n", 1)[0]?.split("\n").slice(2) ?? [])
  .map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("every attack has a protection, and a test that exists", () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const [attack = "", protection = "", tests = ""] of rows) {
    expect(protection, attack).not.toBe("");
    const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
    expect(files, attack).not.toEqual([]);
    for (const file of files) {
      expect(file, attack).toMatch(/^test\/.+\.test\.ts$/);
      expect(existsSync(join(PROJECT, file)), `${attack}: ${file}`).toBe(true);
    }
  }
});

test("no attack stands there twice", () => {
  const attacks = rows.map(([attack]) => attack);
  expect(attacks).toEqual([...new Set(attacks)]);
});
