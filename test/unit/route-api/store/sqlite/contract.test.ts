import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openSqlite } from "../../../../../route-api/store/sqlite/open.ts";
import { put, remove } from "../../../../support/writes.ts";
import { storeContract } from "../contract/suite.ts";
import { entry, type StoreUnderTest, version } from "../contract/under-test.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-sqlite-"));
const path = join(folder, "deep", "routes.db");
let underTest: StoreUnderTest;
let raw: DatabaseSync;

beforeAll(() => {
  const [store, other] = [openSqlite(path), openSqlite(path)];
  raw = new DatabaseSync(path);
  underTest = {
    store,
    other,
    entriesOfTwoPages: 1100,
    // An entry that is absent, or not written yet, has a number that no row has.
    putBarePointer: async (attribute, value, uuid) => {
      raw
        .prepare("INSERT INTO pointers VALUES (?, ?, coalesce((SELECT id FROM entries WHERE uuid = ?), -1))")
        .run(attribute, value, uuid);
    },
    losePointer: async (attribute, value, uuid) => {
      raw
        .prepare(
          "DELETE FROM pointers WHERE attribute = ? AND value = ? AND entry = (SELECT id FROM entries WHERE uuid = ?)",
        )
        .run(attribute, value, uuid);
    },
    pointersTo: async (uuid) => {
      const rows = raw
        .prepare(
          "SELECT attribute || '=' || value AS pointer FROM pointers JOIN entries ON id = pointers.entry WHERE uuid = ?",
        )
        .all(uuid);
      return (rows as { pointer: string }[]).map(({ pointer }) => pointer).sort();
    },
  };
});
afterAll(async () => {
  await underTest.store.close();
  await underTest.other.close();
  raw.close();
  rmSync(folder, { recursive: true });
});

storeContract("SQLite", () => underTest);

test("a write touches only the pointers that change", async () => {
  const { store } = underTest;
  const one = entry({ attributes: { cn: ["a", "b"] } });
  await put(store, [one]);
  raw.exec(`
    CREATE TABLE seen (what TEXT);
    CREATE TRIGGER put AFTER INSERT ON pointers BEGIN INSERT INTO seen VALUES ('+' || new.value); END;
    CREATE TRIGGER gone AFTER DELETE ON pointers BEGIN INSERT INTO seen VALUES ('-' || old.value); END;
  `);
  await put(store, [{ ...one, mailHost: ["store2"], version: version(2) }]);
  expect(raw.prepare("SELECT what FROM seen").all()).toEqual([]);
  await put(store, [{ ...one, attributes: { cn: ["b", "c"] }, version: version(3) }]);
  const seen = raw.prepare("SELECT what FROM seen ORDER BY what").all();
  expect(seen.map((row) => row.what)).toEqual(["+c", "-a"]);
  raw.exec("DROP TRIGGER put; DROP TRIGGER gone; DROP TABLE seen");
});

test("pointers of a removed entry leave no row behind", async () => {
  const { store } = underTest;
  const pointers = () => raw.prepare("SELECT count(*) AS rows FROM pointers").get()?.rows;
  const before = pointers();
  const one = entry();
  await put(store, [one]);
  await remove(store, [one.uuid]);
  expect(pointers()).toBe(before);
});

test("a file that is no database is a clear error", () => {
  const wrong = join(folder, "wrong.db");
  writeFileSync(wrong, "this is not a database, and long enough to be looked at as one".repeat(20));
  expect(() => openSqlite(wrong)).toThrow(/cannot open route store .*wrong\.db/);
});

test.each([
  ["an older version", "CREATE TABLE names (login TEXT, uuid TEXT)", 0],
  ["a newer version", "CREATE TABLE things (a TEXT); PRAGMA user_version = 99", 99],
])("the database of %s is a clear error that names it, and stays as it is", (_, sql, layout) => {
  const file = join(folder, `layout-${layout}.db`);
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  for (let round = 0; round < 2; round++) {
    expect(() => openSqlite(file)).toThrow(
      new RegExp(
        `layout-${layout}\\.db was written by an incompatible version \\(layout ${layout}, expected 5\\)`,
      ),
    );
  }
});

const SESSIONS = `
  CREATE TABLE sessions (
    account TEXT, sid TEXT, edge TEXT, session TEXT, PRIMARY KEY (account, sid, edge)
  ) WITHOUT ROWID;
  CREATE TABLE edges (edge TEXT PRIMARY KEY, at_ms INTEGER) WITHOUT ROWID;
`;

test("databases with layouts 2 and 3 are upgraded in place, with their routes and feeds", async () => {
  const one = entry();
  const now = Math.floor(Date.now() / 1000);
  const layouts = [
    `CREATE TABLE entries (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, certificates TEXT);
     CREATE TABLE feed (sequence INTEGER PRIMARY KEY, id TEXT, changes TEXT, written_at INTEGER);
     INSERT INTO feed VALUES (1, 'a', '[{"kind":"all"}]', ${now}), (2, 'b', '[{"kind":"all"}]', ${now});
     ${SESSIONS}
     PRAGMA user_version = 2;`,
    `CREATE TABLE entries (
       id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, certificates TEXT,
       write INTEGER NOT NULL DEFAULT 0
     );
     CREATE TABLE tombstones (uuid TEXT PRIMARY KEY, version TEXT NOT NULL, removed_at INTEGER NOT NULL) WITHOUT ROWID;
     CREATE INDEX tombstones_by_age ON tombstones (removed_at);
     CREATE TABLE changes (sequence INTEGER PRIMARY KEY, id TEXT, items TEXT, written_at INTEGER);
     INSERT INTO changes VALUES (1, 'a', '[{"kind":"all"}]', ${now}), (2, 'b', '[{"kind":"all"}]', ${now});
     CREATE TABLE questions (sequence INTEGER PRIMARY KEY, id TEXT, items TEXT, written_at INTEGER);
     PRAGMA user_version = 3;`,
  ];
  for (const [index, tables] of layouts.entries()) {
    const file = join(folder, `upgraded-${index}.db`);
    const database = new DatabaseSync(file);
    database.exec(`
      ${tables}
      CREATE TABLE pointers (
        attribute TEXT, value TEXT, entry INTEGER, PRIMARY KEY (value, attribute, entry)
      ) WITHOUT ROWID;
      CREATE TABLE documents (name TEXT PRIMARY KEY, value TEXT, revision TEXT) WITHOUT ROWID;
    `);
    database
      .prepare("INSERT INTO entries (id, uuid, entry) VALUES (1, ?, ?)")
      .run(one.uuid, JSON.stringify(one));
    for (const login of one.logins) {
      database.prepare("INSERT INTO pointers VALUES ('login', ?, 1)").run(login);
    }
    database.close();
    for (let round = 0; round < 2; round++) {
      const store = openSqlite(file);
      expect(await store.find(one.account, "consistent")).toEqual({
        is: "found",
        entry: { ...one, write: 0 },
      });
      const page = await store.changes.after("1.a", 10);
      expect(page).toEqual({ cursor: `2.b.${now}`, gap: false, items: [{ kind: "all" }] });
      expect((await store.questions.after(undefined, 10)).items).toEqual([]);
      if (round > 0) await store.changes.append([{ kind: "all" }]);
      expect((await store.changes.next(page.cursor, 10)).items).toHaveLength(round);
      await store.close();
    }
  }
});

test("a feed of which only the newest record is left has no gap", async () => {
  const store = openSqlite(":memory:");
  await store.changes.append([{ kind: "all" }]);
  let { cursor } = await store.changes.after(undefined, 10);
  for (let day = 0; day < 3; day++) {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 80_000_000 });
    ({ cursor } = await store.changes.after(cursor, 10));
  }
  // Deletes the one before, which has expired.
  await store.changes.append([{ kind: "all" }]);
  for (const read of [store.changes.next, store.changes.after])
    expect(await read(cursor, 10)).toMatchObject({ gap: false, items: [{ kind: "all" }] });
  vi.useRealTimers();
  await store.close();
});

test("a write waits for another process, and says so when that never ends", async () => {
  const file = join(folder, "busy.db");
  const store = openSqlite(file);
  const holder = new DatabaseSync(file);
  holder.exec("BEGIN IMMEDIATE");
  await expect(put(store, [entry()])).rejects.toMatchObject({ code: "throttled" });
  expect(await store.find("nobody", "consistent")).toEqual({ is: "unknown" });
  holder.exec("ROLLBACK");
  expect(await put(store, [entry()])).toMatchObject([{ did: "wrote" }]);
  holder.close();
  await store.close();
});

test("a new file that another process writes just now is waited for", async () => {
  const file = join(folder, "new.db");
  const cell = new Int32Array(new SharedArrayBuffer(4));
  // Opening blocks this thread, so another one holds the file; it lets go some time after it is told of the attempt.
  const holder = new Worker(
    `const { workerData: { file, cell } } = require("node:worker_threads");
     const database = new (require("node:sqlite").DatabaseSync)(file);
     database.exec("BEGIN IMMEDIATE");
     Atomics.store(cell, 0, 1);
     Atomics.notify(cell, 0);
     Atomics.wait(cell, 0, 1);
     Atomics.wait(cell, 0, 2, 100);
     database.exec("COMMIT");
     database.close();`,
    { eval: true, workerData: { file, cell } },
  );
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  Atomics.wait(cell, 0, 0);
  Atomics.store(cell, 0, 2);
  Atomics.notify(cell, 0);
  const store = openSqlite(file);
  expect(await put(store, [entry()])).toMatchObject([{ did: "wrote" }]);
  await store.close();
  await ended;
});

test("a closed store fails with a StoreError", async () => {
  const store = openSqlite(":memory:");
  await store.close();
  await expect(store.ready()).rejects.toMatchObject({ code: "broken" });
  await expect(store.find("alice", "eventual")).rejects.toMatchObject({ code: "broken" });
});
