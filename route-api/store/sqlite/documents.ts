import { randomUUID } from "node:crypto";
import type { DocumentStore } from "../store.ts";
import type { Database } from "./database.ts";

type Row = { value: string; revision: string };

/** Documents in SQLite. */
export function sqliteDocuments({ connection, run }: Database): DocumentStore {
  const select = connection.prepare("SELECT value, revision FROM documents WHERE name = ?");
  const insert = connection.prepare(
    "INSERT OR IGNORE INTO documents (value, revision, name) VALUES (?, ?, ?)",
  );
  const update = connection.prepare(
    "UPDATE documents SET value = ?, revision = ? WHERE name = ? AND revision = ?",
  );

  return {
    readDocument: async (name) =>
      run(() => {
        const row = select.get(name) as Row | undefined;
        return row && { value: JSON.parse(row.value) as unknown, revision: row.revision };
      }),
    swapDocument: async (name, value, revision) =>
      run(() => {
        const next = randomUUID();
        const json = JSON.stringify(value);
        const { changes } =
          revision === undefined ? insert.run(json, next, name) : update.run(json, next, name, revision);
        return changes === 1 ? next : undefined;
      }),
  };
}
