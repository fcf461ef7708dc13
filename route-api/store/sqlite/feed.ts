import { CLOCK_SLACK_SECONDS, type FeedRecord, type FeedRecords } from "../feed.ts";
import type { Database } from "./database.ts";

/** Expired records deleted with each append: more than are added, and few enough to cost nothing. */
const EXPIRE_ROWS = 10;

type Row = { sequence: number; id: string; previous: string | null; items: string; written_at: number };

/** The records of a feed in SQLite. Appending deletes expired ones, but never the newest. */
export function sqliteFeedRecords(
  { connection, run, atomically }: Database,
  table: "changes" | "questions",
  retentionSeconds: number,
): FeedRecords {
  const selectLast = connection.prepare(`SELECT * FROM ${table} ORDER BY sequence DESC LIMIT 1`);
  const selectFrom = connection.prepare(
    `SELECT * FROM ${table} WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
  );
  const insert = connection.prepare(
    `INSERT OR IGNORE INTO ${table} (sequence, id, previous, items, written_at) VALUES (?, ?, ?, ?, ?)`,
  );
  const expire = connection.prepare(`
    DELETE FROM ${table} WHERE written_at < ? AND sequence IN (
      SELECT sequence FROM ${table} WHERE sequence < ? ORDER BY sequence LIMIT ${EXPIRE_ROWS})`);

  const recordOf = ({ sequence, id, previous, items, written_at: writtenAt }: Row): FeedRecord => ({
    sequence,
    id,
    previous: previous ?? undefined,
    items,
    writtenAt,
  });

  return {
    last: async () => (run(() => selectLast.all()) as Row[]).map(recordOf)[0],
    from: async (sequence, limit) => (run(() => selectFrom.all(sequence, limit)) as Row[]).map(recordOf),
    add: async ({ sequence, id, previous, items, writtenAt }) =>
      atomically(() => {
        expire.run(writtenAt - retentionSeconds - CLOCK_SLACK_SECONDS, sequence);
        return insert.run(sequence, id, previous ?? null, items, writtenAt).changes === 1;
      }),
  };
}
