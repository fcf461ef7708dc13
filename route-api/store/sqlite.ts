import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeEntry, judge, type RouteEntry, type RouteStore, StoreError, supersedes } from "./store.ts";

/** How long a write waits for another process that writes, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;
/** Rows read at a time when all entries are listed. */
const PAGE_ROWS = 1000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  CREATE TABLE IF NOT EXISTS entries (uuid TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS names (login TEXT, uuid TEXT, PRIMARY KEY (login, uuid)) WITHOUT ROWID;
`;

/** The embedded route store: one SQLite file (or `:memory:`), made where it is absent. Throws StoreError. */
export function openSqlite(path: string): RouteStore {
  const database = open(path);
  const selectByName = database.prepare(
    "SELECT entries.entry FROM names JOIN entries ON entries.uuid = names.uuid WHERE names.login = ?",
  );
  const selectEntry = database.prepare("SELECT entry FROM entries WHERE uuid = ?");
  const upsertEntry = database.prepare("INSERT OR REPLACE INTO entries (uuid, entry) VALUES (?, ?)");
  const deleteEntry = database.prepare("DELETE FROM entries WHERE uuid = ?");
  const insertName = database.prepare("INSERT OR IGNORE INTO names (login, uuid) VALUES (?, ?)");
  const deleteName = database.prepare("DELETE FROM names WHERE login = ? AND uuid = ?");
  const selectPage = database.prepare("SELECT uuid FROM entries WHERE uuid > ? ORDER BY uuid LIMIT ?");

  const entryOf = (row: unknown): RouteEntry | undefined =>
    row === undefined ? undefined : (JSON.parse((row as { entry: string }).entry) as RouteEntry);

  /** Runs `work` as one transaction: all of it is kept, or nothing. */
  const atomically = <T>(work: () => T): T => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };

  return {
    create: async () => {},

    find: async (login) => judge(login, selectByName.all(login).map(entryOf)),

    get: async (uuid) => entryOf(selectEntry.get(uuid)),

    put: async (entry) =>
      atomically(() => {
        const stored = entryOf(selectEntry.get(entry.uuid));
        if (!supersedes(entry, stored)) return false;
        for (const login of entry.logins) insertName.run(login, entry.uuid);
        upsertEntry.run(entry.uuid, encodeEntry(entry));
        for (const login of stored?.logins ?? []) {
          if (!entry.logins.includes(login)) deleteName.run(login, entry.uuid);
        }
        return true;
      }),

    remove: async (uuid) =>
      atomically(() => {
        const stored = entryOf(selectEntry.get(uuid));
        deleteEntry.run(uuid);
        for (const login of stored?.logins ?? []) deleteName.run(login, uuid);
      }),

    async *uuids() {
      let last = "";
      for (;;) {
        const rows = selectPage.all(last, PAGE_ROWS) as { uuid: string }[];
        for (const { uuid } of rows) yield uuid;
        const final = rows.at(-1);
        if (final === undefined || rows.length < PAGE_ROWS) return;
        last = final.uuid;
      }
    },

    async ready() {
      try {
        selectEntry.get("");
      } catch (error) {
        throw new StoreError("broken", `the route store ${path} cannot be read`, { cause: error });
      }
    },

    close: async () => database.close(),
  };
}

function open(path: string): DatabaseSync {
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path);
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError("unreachable", `the route store ${path} cannot be opened: ${why}`, { cause: error });
  }
}
