import { decodeEntry, encodeEntry } from "../record.ts";
import { has, judge, pairs, unfit, valuesOf, without, wrote } from "../searchable.ts";
import { type EntryStore, type FullEntry, MATCHES_MAX, type PutResult, type RouteEntry } from "../store.ts";
import { type IsRefused, isNeverRefused, isOlder } from "../version-order.ts";
import type { Database } from "./database.ts";

/** Rows per read when listing all entries. */
const PAGE_ROWS = 1000;

type Row = { id: number; entry: string };

/** Entries in SQLite. A put is one transaction, so pointers always match their entries. */
export function sqliteEntries({ connection, run, atomically }: Database): EntryStore {
  const selectByValue = connection.prepare(`
    SELECT entries.entry FROM pointers JOIN entries ON entries.id = pointers.entry
    WHERE pointers.attribute = ? AND pointers.value = ? LIMIT ${MATCHES_MAX}`);
  const select = connection.prepare("SELECT id, entry FROM entries WHERE uuid = ?");
  const selectCertificates = connection.prepare("SELECT certificates FROM entries WHERE uuid = ?");
  const selectPage = connection.prepare(
    `SELECT id, entry FROM entries WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS}`,
  );
  const insert = connection.prepare("INSERT INTO entries (uuid, entry, certificates) VALUES (?, ?, ?)");
  const update = connection.prepare("UPDATE entries SET entry = ?, certificates = ? WHERE id = ?");
  const remove = connection.prepare("DELETE FROM entries WHERE id = ?");
  const insertPointer = connection.prepare(
    "INSERT OR IGNORE INTO pointers (attribute, value, entry) VALUES (?, ?, ?)",
  );
  const deletePointer = connection.prepare(
    "DELETE FROM pointers WHERE attribute = ? AND value = ? AND entry = ?",
  );

  const byValue = (attribute: string, value: string): RouteEntry[] =>
    run(() => (selectByValue.all(attribute, value) as Row[]).map(({ entry }) => decodeEntry(entry)));

  const write = (entry: FullEntry, isRefused: IsRefused): PutResult => {
    const record = encodeEntry(entry);
    const reason = unfit(entry, record);
    if (reason !== undefined) return { did: "skipped", reason };
    const row = select.get(entry.uuid) as Row | undefined;
    if (row?.entry === record) return { did: "nothing" };
    const stored = row && decodeEntry(row.entry);
    if (stored !== undefined && isRefused(entry, stored)) return { did: "refused" };

    const certificates = entry.certificates?.length ? JSON.stringify(entry.certificates) : null;
    const id = row?.id ?? insert.run(entry.uuid, record, certificates).lastInsertRowid;
    if (row !== undefined) update.run(record, certificates, id);
    const now = valuesOf(entry);
    const before = stored === undefined ? {} : valuesOf(stored);
    for (const [attribute, value] of pairs(without(now, before))) insertPointer.run(attribute, value, id);
    for (const [attribute, value] of pairs(without(before, now))) deletePointer.run(attribute, value, id);
    return wrote(entry, stored);
  };

  const removeOne = (uuid: string): RouteEntry[] => {
    const row = select.get(uuid) as Row | undefined;
    if (row === undefined) return [];
    const stored = decodeEntry(row.entry);
    remove.run(row.id);
    for (const [attribute, value] of pairs(valuesOf(stored))) deletePointer.run(attribute, value, row.id);
    return [stored];
  };

  return {
    find: async (login) => judge(login, byValue("login", login)),
    match: async (attribute, value) =>
      byValue(attribute, value).filter((entry) => has(entry, attribute, value)),
    get: async (uuid) =>
      run(() => {
        const row = select.get(uuid) as Row | undefined;
        return row && decodeEntry(row.entry);
      }),
    certificates: async (uuid) =>
      run(() => {
        const row = selectCertificates.get(uuid) as { certificates: string | null } | undefined;
        return JSON.parse(row?.certificates ?? "[]") as string[];
      }),
    put: async (entries) => atomically(() => entries.map((entry) => write(entry, isOlder))),
    overwrite: async (entries) => atomically(() => entries.map((entry) => write(entry, isNeverRefused))),
    remove: async (uuids) => atomically(() => uuids.flatMap(removeOne)),
    async *entries() {
      let last = 0;
      for (;;) {
        const rows = run(() => selectPage.all(last)) as Row[];
        for (const { entry } of rows) yield decodeEntry(entry);
        const final = rows.at(-1);
        if (final === undefined || rows.length < PAGE_ROWS) return;
        last = final.id;
      }
    },
  };
}
