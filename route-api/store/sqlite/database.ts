import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";

/** Version of the tables below; a file with other ones is refused. */
const LAYOUT = 2;
/** How long a write waits for another process that writes, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;
/** How often it is tried whether a new file can be had, in milliseconds. */
const BUSY_LOOK_MS = 10;
/** Pages that a connection keeps in memory, in KiB. */
const CACHE_KIB = 65_536;
/** The write-ahead log is copied into the file at this many pages (256 MiB), so that a page is copied once for many. */
const CHECKPOINT_PAGES = 65_536;
/** What is left of the log's file after that, in bytes. */
const LOG_BYTES = 67_108_864;

const SETTINGS = `
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
  PRAGMA journal_size_limit = ${LOG_BYTES};
`;

/* Pointers stand by value first: an account's name as login, uid and mail is in one page, so a write touches fewer. */
const TABLES = `
  CREATE TABLE entries (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, certificates TEXT);
  CREATE TABLE pointers (
    attribute TEXT, value TEXT, entry INTEGER, PRIMARY KEY (value, attribute, entry)
  ) WITHOUT ROWID;
  CREATE TABLE feed (sequence INTEGER PRIMARY KEY, id TEXT, changes TEXT, written_at INTEGER);
  CREATE TABLE documents (name TEXT PRIMARY KEY, value TEXT, revision TEXT) WITHOUT ROWID;
  CREATE TABLE sessions (
    account TEXT, sid TEXT, edge TEXT, session TEXT, PRIMARY KEY (account, sid, edge)
  ) WITHOUT ROWID;
  CREATE TABLE edges (edge TEXT PRIMARY KEY, at_ms INTEGER) WITHOUT ROWID;
  PRAGMA user_version = ${LAYOUT};
`;

/** A database whose failures are StoreErrors. */
export interface Database {
  readonly connection: DatabaseSync;
  /** Runs work that reads, or writes one thing. */
  run<T>(work: () => T): T;
  /** Runs work as one transaction: all of it is kept, or nothing. */
  atomically<T>(work: () => T): T;
}

/** Opens the file (or `:memory:`), and makes folder, file and tables where they are absent. Throws StoreError. */
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
    atomically(() => makeTables(connection, path));
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
    throw new StoreError("broken", `the route store ${path} cannot be opened: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Who writes a new file just now refuses others the write-ahead log at once: SQLite's time-out does not count there. */
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

function makeTables(connection: DatabaseSync, path: string): void {
  const { user_version: layout } = connection.prepare("PRAGMA user_version").get() as {
    user_version: number;
  };
  if (layout === LAYOUT) return;
  const { tables } = connection.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as {
    tables: number;
  };
  if (layout !== 0 || tables > 0) {
    throw new StoreError(
      "broken",
      `the route store ${path} was written by another version (layout ${layout}, here ${LAYOUT}): ` +
        "remove the file, and the next sync fills a new one",
    );
  }
  connection.exec(TABLES);
}

/** SQLITE_BUSY and SQLITE_LOCKED; Deno does not always give the number. */
const OTHERS_WRITE = [5, 6];
const LOCKED = /database (table )?is locked/;

function isBusy(error: unknown): boolean {
  const { message, errcode = 0 } = error as Error & { errcode?: number };
  return OTHERS_WRITE.includes(errcode & 0xff) || LOCKED.test(message);
}

function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = isBusy(error) ? "throttled" : "broken";
  const { message = String(error) } = error as Error;
  return new StoreError(code, `the route store ${path}: ${message}`, { cause: error });
}
