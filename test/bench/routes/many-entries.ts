import { DatabaseSync } from "node:sqlite";
import type { Row } from "./figures.ts";

/** Entries that a sync writes; more are made of these. */
export const BLOCK_ENTRIES = 1_000_000;

/** What the names of a block begin with: behind all names of the first block, and in the blocks' order; native/ask knows it. */
const prefixOf = (block: number): string => `v${block}.`;

/**
 * Copies the entries of a database that a sync has filled until there are `total`, by SQL: the rows are the product's
 * own, with a prefix to each name and another UUID. Each block's keys come in their order, so that no page is written
 * twice; a sync of as many would take ten times as long.
 */
export function multiplyEntries(file: string, total: number): Row {
  const startedMs = performance.now();
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;");
  for (let block = 1; block * BLOCK_ENTRIES < total; block++) {
    const prefix = prefixOf(block);
    const shift = block * BLOCK_ENTRIES;
    const uuid = `'${String(block).padStart(8, "0")}' || substr(uuid, 9)`;
    const named = ["user", "u."].reduce(
      (text, start) => `replace(${text}, '"${start}', '"${prefix}${start}')`,
      `replace(replace(entry, uuid, ${uuid}), '"dn":"uid=', '"dn":"uid=${prefix}')`,
    );
    database.exec(`
      BEGIN;
      INSERT INTO entries (id, uuid, entry, certificates, write)
        SELECT id + ${shift}, ${uuid}, replace(${named}, '"' || (id - 1) || '@', '"${prefix}' || (id - 1) || '@'),
          certificates, write + ${shift}
        FROM entries WHERE id <= ${BLOCK_ENTRIES} ORDER BY id;
      INSERT INTO pointers (attribute, value, entry)
        SELECT attribute, replace(value, 'uid=', 'uid=${prefix}'), entry + ${shift}
        FROM pointers WHERE value >= 'uid=user' AND value < 'uid=usez' AND entry <= ${BLOCK_ENTRIES} ORDER BY value;
      INSERT INTO pointers (attribute, value, entry)
        SELECT attribute, '${prefix}' || value, entry + ${shift}
        FROM pointers WHERE attribute = 'login' AND entry <= ${BLOCK_ENTRIES} AND value < 'v' ORDER BY value;
      COMMIT;
    `);
  }
  database.exec("PRAGMA journal_mode = WAL;");
  database.close();
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    what: `entries ${BLOCK_ENTRIES} to ${total}, copied by SQL from those that a sync wrote`,
    figure: `${seconds.toFixed(0)} s`,
  };
}
