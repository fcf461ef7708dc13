import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqlite } from "../../../../route-api/store/sqlite.ts";
import { entry, type StoreUnderTest, storeContract } from "./contract.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-sqlite-"));
const path = join(folder, "deep", "routes.db");
let underTest: StoreUnderTest;

beforeAll(() => {
  const store = openSqlite(path);
  const raw = new DatabaseSync(path);
  underTest = {
    store,
    putBarePointer: async (login, uuid) => {
      raw.prepare("INSERT OR IGNORE INTO names (login, uuid) VALUES (?, ?)").run(login, uuid);
    },
  };
});
afterAll(async () => {
  await underTest.store.close();
  rmSync(folder, { recursive: true });
});

storeContract("SQLite", () => underTest);

test("what one process writes another reads", async () => {
  const second = openSqlite(path);
  const one = entry();
  await second.put(one);
  expect(await underTest.store.find(one.account)).toEqual({ is: "found", entry: one });
  await second.close();
});

test("a file that is no database is a clear error", () => {
  const wrong = join(folder, "wrong.db");
  writeFileSync(wrong, "this is not a database, and long enough to be looked at as one".repeat(20));
  expect(() => openSqlite(wrong)).toThrow(/wrong\.db cannot be opened/);
});
