import { openFeed } from "../feed.ts";
import { CHANGES, QUESTIONS } from "../lanes.ts";
import type { RouteStore } from "../store.ts";
import { openDatabase } from "./database.ts";
import { sqliteDocuments } from "./documents.ts";
import { sqliteEntries } from "./entries.ts";
import { sqliteFeedRecords } from "./feed.ts";
import { sqliteLists } from "./lists.ts";
import { watchLog } from "./log-watch.ts";

/** A look takes a few microseconds, a quarter of a millisecond where the process has rested. */
const POLL_MS = 20;

/** The embedded route store: one SQLite file (or `:memory:`), created if absent. Throws StoreError. */
export function openSqlite(path: string): RouteStore {
  const database = openDatabase(path);
  const entries = sqliteEntries(database);
  const log = watchLog(path);
  return {
    ...entries,
    pollMs: { changes: POLL_MS, questions: POLL_MS },
    onWrite: log.onWrite,
    changes: openFeed(CHANGES, sqliteFeedRecords(database, "changes", CHANGES.retentionSeconds)),
    questions: openFeed(QUESTIONS, sqliteFeedRecords(database, "questions", QUESTIONS.retentionSeconds)),
    ...sqliteDocuments(database),
    lists: sqliteLists(database),
    create: async () => {},
    ready: async () => void (await entries.get("")),
    usage: { readUnits: 0, writeUnits: 0, throttled: 0 },
    async close() {
      log.close();
      database.connection.close();
    },
  };
}
