import { CLOCK_SLACK_SECONDS, decodeChanges, encodeChanges, type FeedItem, type FeedItems } from "../feed.ts";
import { FEED_RETENTION_SECONDS } from "../store.ts";
import type { Database } from "./database.ts";

/** Expired items deleted with each append: more than are added, and few enough to cost nothing. */
const EXPIRE_ROWS = 10;

type Row = { sequence: number; id: string; changes: string; written_at: number };

/** The items of the change feed in SQLite. Appending deletes expired items, but never the newest one. */
export function sqliteFeedItems({ connection, run, atomically }: Database): FeedItems {
  const selectLast = connection.prepare("SELECT * FROM feed ORDER BY sequence DESC LIMIT 1");
  const selectFrom = connection.prepare("SELECT * FROM feed WHERE sequence >= ? ORDER BY sequence LIMIT ?");
  const insert = connection.prepare(
    "INSERT OR IGNORE INTO feed (sequence, id, changes, written_at) VALUES (?, ?, ?, ?)",
  );
  const expire = connection.prepare(`
    DELETE FROM feed WHERE written_at < ? AND sequence IN (
      SELECT sequence FROM feed WHERE sequence < ? ORDER BY sequence LIMIT ${EXPIRE_ROWS})`);

  const itemOf = ({ sequence, id, changes, written_at: writtenAt }: Row): FeedItem => ({
    sequence,
    id,
    changes: decodeChanges(changes),
    writtenAt,
  });

  return {
    last: async () => (run(() => selectLast.all()) as Row[]).map(itemOf)[0],
    from: async (sequence, limit) => (run(() => selectFrom.all(sequence, limit)) as Row[]).map(itemOf),
    add: async ({ sequence, id, changes, writtenAt }) =>
      atomically(() => {
        expire.run(writtenAt - FEED_RETENTION_SECONDS - CLOCK_SLACK_SECONDS, sequence);
        return insert.run(sequence, id, encodeChanges(changes), writtenAt).changes === 1;
      }),
  };
}
