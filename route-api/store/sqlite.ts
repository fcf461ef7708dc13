import { changeFeed } from "./feed.ts";
import { openDatabase } from "./sqlite/database.ts";
import { sqliteDocuments } from "./sqlite/documents.ts";
import { sqliteEntries } from "./sqlite/entries.ts";
import { sqliteFeedItems } from "./sqlite/feed.ts";
import { sqliteSessions } from "./sqlite/sessions.ts";
import type { RouteStore } from "./store.ts";

/** The embedded route store: one SQLite file (or `:memory:`), made where it is absent. Throws StoreError. */
export function openSqlite(path: string): RouteStore {
  const database = openDatabase(path);
  const entries = sqliteEntries(database);
  return {
    ...entries,
    ...changeFeed(sqliteFeedItems(database)),
    ...sqliteDocuments(database),
    ...sqliteSessions(database),
    create: async () => {},
    ready: async () => void (await entries.get("")),
    usage: { readUnits: 0, writeUnits: 0, throttled: 0 },
    close: async () => database.connection.close(),
  };
}
