import { EDGE_SILENT_MS, type SessionStore, type StoredSession } from "../store.ts";
import type { Database } from "./database.ts";

/** Sessions of an edge that has been silent for so long are removed, in milliseconds. */
const EDGE_FORGOTTEN_MS = 100 * EDGE_SILENT_MS;

/** Live sessions in SQLite. */
export function sqliteSessions({ connection, run, atomically }: Database): SessionStore {
  const insert = connection.prepare(
    "INSERT OR REPLACE INTO sessions (account, sid, edge, session) VALUES (?, ?, ?, ?)",
  );
  const remove = connection.prepare("DELETE FROM sessions WHERE account = ? AND sid = ? AND edge = ?");
  const seen = connection.prepare("INSERT OR REPLACE INTO edges (edge, at_ms) VALUES (?, ?)");
  const forget = connection.prepare("DELETE FROM edges WHERE at_ms < ?");
  const removeOrphans = connection.prepare("DELETE FROM sessions WHERE edge NOT IN (SELECT edge FROM edges)");
  const select = connection.prepare(`
    SELECT session FROM sessions JOIN edges ON edges.edge = sessions.edge
    WHERE account = ? AND at_ms >= ? ORDER BY sid`);

  return {
    report: async ({ edge, atMs, opened, closed }) =>
      atomically(() => {
        for (const session of opened) {
          insert.run(session.account, session.sid, edge, JSON.stringify(session));
        }
        for (const { account, sid } of closed) remove.run(account, sid, edge);
        seen.run(edge, atMs);
        if (forget.run(atMs - EDGE_FORGOTTEN_MS).changes > 0) removeOrphans.run();
      }),
    sessionsOf: async (account, nowMs) =>
      run(() =>
        (select.all(account, nowMs - EDGE_SILENT_MS) as { session: string }[]).map(
          ({ session }) => JSON.parse(session) as StoredSession,
        ),
      ),
  };
}
