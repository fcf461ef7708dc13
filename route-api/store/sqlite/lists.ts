import { type ListItem, type ListStore, nowSeconds } from "../lists.ts";
import type { Database } from "./database.ts";

/** Expired items deleted with each put: more than are added, and few enough to cost nothing. */
const EXPIRE_ROWS = 10;

/* Made when the file is opened, not with the layout: a file without it stays readable, and so does one that has it. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS list_items (
    list TEXT, key TEXT, value TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (list, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS list_items_by_expiry ON list_items (expires);
`;

type Row = { key: string; value: string };

/** Lists in SQLite. A put deletes some expired items. */
export function sqliteLists({ connection, run, atomically }: Database): ListStore {
  run(() => connection.exec(TABLE));
  const replace = connection.prepare(
    "INSERT OR REPLACE INTO list_items (list, key, value, expires) VALUES (?, ?, ?, ?)",
  );
  const remove = connection.prepare("DELETE FROM list_items WHERE list = ? AND key = ?");
  const expire = connection.prepare(`
    DELETE FROM list_items WHERE (list, key) IN (
      SELECT list, key FROM list_items WHERE expires <= ? LIMIT ${EXPIRE_ROWS})`);
  const select = connection.prepare(
    "SELECT key, value FROM list_items WHERE list = ? AND substr(key, 1, length(?)) = ? AND expires > ? ORDER BY key",
  );
  const selectAfter = connection.prepare(
    "SELECT key, value FROM list_items WHERE list = ? AND key > ? AND expires > ? ORDER BY key",
  );
  const selectLast = connection.prepare(
    "SELECT key, value FROM list_items WHERE list = ? AND (? IS NULL OR key < ?) AND expires > ? ORDER BY key DESC LIMIT ?",
  );
  const decode = ({ key, value }: Row): ListItem => ({ key, value: JSON.parse(value) as unknown });

  return {
    put: async (list, key, value, seconds) =>
      atomically(() => {
        const now = nowSeconds();
        expire.run(now);
        replace.run(list, key, JSON.stringify(value), now + seconds);
      }),
    remove: async (list, key) => run(() => void remove.run(list, key)),
    read: async (list, prefix = "") =>
      run(() => (select.all(list, prefix, prefix, nowSeconds()) as Row[]).map(decode)),
    readAfter: async (list, after) =>
      run(() => (selectAfter.all(list, after, nowSeconds()) as Row[]).map(decode)),
    readLast: async (list, limit, before) =>
      run(() => {
        const end = before ?? null;
        return (selectLast.all(list, end, end, nowSeconds(), limit) as Row[]).map(decode);
      }),
  };
}
