import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";

/** Version of the tables below. */
const LAYOUT = 5;
/** How long a write waits for another process to finish writing, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;
/** Retry interval while another process creates the file, in milliseconds. */
const BUSY_LOOK_MS = 10;
/** Page cache of a connection, in KiB. */
const CACHE_KIB = 65_536;
/**
 * As much of the file is read by memory mapping, in bytes: the most that SQLite allows. It halves what a look-up costs in
 * a file larger than the page cache. Should the disk fail below it, the process ends by SIGBUS, and is restarted.
 */
const MAPPED_BYTES = 0x7fff0000;
/** The write-ahead log is checkpointed at this many pages (256 MiB), so that one copy of a page covers many writes. */
const CHECKPOINT_PAGES = 65_536;
/** Size that the log file is truncated to after a checkpoint, in bytes. */
const LOG_BYTES = 67_108_864;

const SETTINGS = `
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA mmap_size = ${MAPPED_BYTES};
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
  PRAGMA journal_size_limit = ${LOG_BYTES};
`;

const TOMBSTONES = `
  CREATE TABLE tombstones (uuid TEXT PRIMARY KEY, version TEXT NOT NULL, removed_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX tombstones_by_age ON tombstones (removed_at);
`;

/** The columns of a feed. */
const FEED = "sequence INTEGER PRIMARY KEY, id TEXT, previous TEXT, items TEXT, written_at INTEGER";

/* The key of pointers begins with the value: one name as login, uid and mail lies in one page, so a write touches fewer. */
const TABLES = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, certificates TEXT,
    write INTEGER NOT NULL DEFAULT 0, hold TEXT
  );
  ${TOMBSTONES}
  CREATE TABLE pointers (
    attribute TEXT, value TEXT, entry INTEGER, PRIMARY KEY (value, attribute, entry)
  ) WITHOUT ROWID;
  CREATE TABLE changes (${FEED});
  CREATE TABLE questions (${FEED});
  CREATE TABLE documents (name TEXT PRIMARY KEY, value TEXT, revision TEXT) WITHOUT ROWID;
`;

/** What upgrades a file in place to the next version, by its version; any other file is refused. */
const UPGRADES: Readonly<Record<number, string>> = {
  2: `
    DROP TABLE sessions;
    DROP TABLE edges;
    ALTER TABLE entries ADD COLUMN write INTEGER NOT NULL DEFAULT 0;
    ${TOMBSTONES}
    ALTER TABLE feed RENAME TO changes;
    ALTER TABLE changes RENAME COLUMN changes TO items;
    CREATE TABLE questions (sequence INTEGER PRIMARY KEY, id TEXT, items TEXT, written_at INTEGER);
  `,
  3: `
    ALTER TABLE changes ADD COLUMN previous TEXT;
    ALTER TABLE questions ADD COLUMN previous TEXT;
  `,
  4: "ALTER TABLE entries ADD COLUMN hold TEXT;",
};

/** A database whose errors are StoreErrors. */
export interface Database {
  readonly connection: DatabaseSync;
  /** Runs reads, or a single write. */
  run<T>(work: () => T): T;
  /** Runs work as one transaction. */
  atomically<T>(work: () => T): T;
}

/** Opens the file (or `:memory:`); creates folder, file and tables as needed. Throws StoreError. */
export function openDatabase(path: string): Database {
  const connection = connect(path);

  const run = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw storeErrorOf(error, path);
    }
  };
  const atomically = <T>(work: () => T): T =>
    run(() => {
      connection.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        connection.exec("COMMIT");
        return result;
      } catch (error) {
        if (connection.isTransaction) connection.exec("ROLLBACK");
        throw error;
      }
    });

  const database = { connection, run, atomically };
  try {
    atomically(() => prepareTables(connection, path));
    return database;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connect(path: string): DatabaseSync {
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    const connection = new DatabaseSync(path);
    connection.exec(SETTINGS);
    useLog(connection);
    return connection;
  } catch (cause) {
    throw new StoreError("broken", `cannot open route store ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** While another process creates the file, switching to WAL fails immediately: SQLite's busy timeout does not apply. */
function useLog(connection: DatabaseSync): void {
  const deadlineMs = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return connection.exec("PRAGMA journal_mode = WAL");
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadlineMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_LOOK_MS);
    }
  }
}

function prepareTables(connection: DatabaseSync, path: string): void {
  const { user_version: layout } = connection.prepare("PRAGMA user_version").get() as {
    user_version: number;
  };
  if (layout === LAYOUT) return;
  const { tables } = connection.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as {
    tables: number;
  };
  const isNew = layout === 0 && tables === 0;
  if (!isNew && UPGRADES[layout] === undefined) {
    throw new StoreError(
      "broken",
      `route store ${path} was written by an incompatible version (layout ${layout}, expected ${LAYOUT}): ` +
        "remove the file; the next sync fills a new one",
    );
  }
  if (isNew) connection.exec(TABLES);
  else for (let from = layout; from < LAYOUT; from++) connection.exec(UPGRADES[from] ?? "");
  connection.exec(`PRAGMA user_version = ${LAYOUT};`);
}

/** SQLITE_BUSY and SQLITE_LOCKED; Deno does not always report the number. */
const BUSY_CODES = [5, 6];
const LOCKED = /database (table )?is locked/;

function isBusy(error: unknown): boolean {
  const { message, errcode = 0 } = error as Error & { errcode?: number };
  return BUSY_CODES.includes(errcode & 0xff) || LOCKED.test(message);
}

function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = isBusy(error) ? "throttled" : "broken";
  const { message = String(error) } = error as Error;
  return new StoreError(code, `route store ${path}: ${message}`, { cause: error });
}
