import type { Hold } from "../../contract/holds.ts";
import { carriedHold, decodeHold, withHold } from "../holds.ts";
import { decodeEntry, encodeEntry } from "../record.ts";
import { has, judge, pairs, thatLost, unfit, valuesOf, without, wrote } from "../searchable.ts";
import {
  type EntryStore,
  type Fence,
  type FullEntry,
  type Known,
  MATCHES_MAX,
  type PutResult,
  type Refuses,
  type RefusesRemoval,
  type Removal,
  type RemoveResult,
  type StoredEntry,
  TOMBSTONE_SECONDS,
} from "../store.ts";
import { FencedError } from "../write-number.ts";
import type { Database } from "./database.ts";

/** Rows per read when listing all entries. */
const PAGE_ROWS = 1000;

const textOf = (hold: Hold | undefined): string | null => (hold === undefined ? null : JSON.stringify(hold));

type Row = { id: number; entry: string; write: number; hold: string | null };

function decode({ entry, write, hold }: Row): StoredEntry {
  const stored: StoredEntry = Object.assign(decodeEntry(entry), { write });
  if (hold !== null) stored.hold = decodeHold(hold);
  return stored;
}

/** Entries in SQLite. A put is one transaction, so pointers always match their entries. */
export function sqliteEntries({ connection, run, atomically }: Database): EntryStore {
  // A JOIN of the two would take half as long again.
  const selectByValue = connection.prepare(`
    SELECT id, entry, write, hold FROM entries
    WHERE id IN (SELECT entry FROM pointers WHERE attribute = ? AND value = ? LIMIT ${MATCHES_MAX})`);
  const select = connection.prepare("SELECT id, entry, write, hold FROM entries WHERE uuid = ?");
  const selectCertificates = connection.prepare("SELECT certificates FROM entries WHERE uuid = ?");
  const selectPage = connection.prepare(
    `SELECT id, entry, write, hold FROM entries WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS}`,
  );
  const insert = connection.prepare(
    "INSERT INTO entries (uuid, entry, certificates, write) VALUES (?, ?, ?, ?)",
  );
  const update = connection.prepare(
    "UPDATE entries SET entry = ?, certificates = ?, write = ?, hold = ? WHERE id = ?",
  );
  const updateHold = connection.prepare(
    "UPDATE entries SET hold = ?, write = ? WHERE uuid = ? AND write = ?",
  );
  const remove = connection.prepare("DELETE FROM entries WHERE id = ?");
  const insertPointer = connection.prepare(
    "INSERT OR IGNORE INTO pointers (attribute, value, entry) VALUES (?, ?, ?)",
  );
  const selectPointer = connection.prepare(
    "SELECT 1 FROM pointers WHERE attribute = ? AND value = ? AND entry = ?",
  );
  const deletePointer = connection.prepare(
    "DELETE FROM pointers WHERE attribute = ? AND value = ? AND entry = ?",
  );
  const selectTombstone = connection.prepare("SELECT version FROM tombstones WHERE uuid = ?");
  const insertTombstone = connection.prepare(
    "INSERT OR REPLACE INTO tombstones (uuid, version, removed_at) VALUES (?, ?, unixepoch())",
  );
  const deleteTombstone = connection.prepare("DELETE FROM tombstones WHERE uuid = ?");
  const expireTombstones = connection.prepare(
    `DELETE FROM tombstones WHERE removed_at < unixepoch() - ${TOMBSTONE_SECONDS}`,
  );
  const selectEpoch = connection.prepare(
    "SELECT json_extract(value, '$.epoch') AS epoch FROM documents WHERE name = ?",
  );

  const byValue = (attribute: string, value: string): StoredEntry[] =>
    run(() => (selectByValue.all(attribute, value) as Row[]).map(decode));

  /** One transaction, unless a later holder of the lease has begun to write. */
  const fenced = async <T>({ epoch, document, confirm }: Fence, work: () => T): Promise<T> => {
    await confirm();
    return atomically(() => {
      const lease = selectEpoch.get(document) as { epoch: number | null } | undefined;
      const current = lease?.epoch ?? 0;
      if (current > epoch) throw new FencedError(current, "another sync holds the lease");
      return work();
    });
  };

  const known = (uuid: string, stored: StoredEntry | undefined): Known => {
    if (stored !== undefined) return { is: "stored", version: stored.version };
    const tombstone = selectTombstone.get(uuid) as { version: string } | undefined;
    return tombstone === undefined ? { is: "unknown" } : { is: "removed", version: tombstone.version };
  };

  const write = (entry: FullEntry, fence: Fence, refuses: Refuses): PutResult => {
    const record = encodeEntry(entry);
    const reason = unfit(entry, record);
    if (reason !== undefined) return { did: "skipped", reason };
    const row = select.get(entry.uuid) as Row | undefined;
    if (row?.entry === record) return { did: "nothing" };
    const stored = row && decode(row);
    const before = known(entry.uuid, stored);
    if (refuses(entry, before)) return { did: "refused", known: before };

    const number = fence.nextWrite(row?.write);
    const hold = carriedHold(stored, entry);
    const certificates = entry.certificates?.length ? JSON.stringify(entry.certificates) : null;
    const id = row?.id ?? insert.run(entry.uuid, record, certificates, number).lastInsertRowid;
    if (row === undefined) deleteTombstone.run(entry.uuid);
    else update.run(record, certificates, number, textOf(hold), id);
    const now = valuesOf(entry);
    const old = stored === undefined ? {} : valuesOf(stored);
    for (const [attribute, value] of pairs(without(now, old))) insertPointer.run(attribute, value, id);
    for (const [attribute, value] of pairs(without(old, now))) deletePointer.run(attribute, value, id);
    return wrote(entry, { write: number, hold }, stored);
  };

  const removeOne = (removal: Removal, fence: Fence, refuses: RefusesRemoval): RemoveResult => {
    const { uuid, version } = removal;
    const row = select.get(uuid) as Row | undefined;
    if (row === undefined) {
      const before = known(uuid, undefined);
      const gone = before.is === "removed" ? before.version : "";
      if (before.is === "unknown" || !refuses(removal, gone)) insertTombstone.run(uuid, version ?? gone);
      return { removed: [], refused: [] };
    }
    const stored = decode(row);
    if (refuses(removal, stored.version)) return { removed: [], refused: [uuid] };
    remove.run(row.id);
    for (const [attribute, value] of pairs(valuesOf(stored))) deletePointer.run(attribute, value, row.id);
    insertTombstone.run(uuid, version ?? stored.version);
    return { removed: [{ ...stored, write: fence.nextWrite(row.write) }], refused: [] };
  };

  return {
    find(login) {
      try {
        return judge(login, byValue("login", login));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    match: async (attribute, value) =>
      byValue(attribute, value).filter((entry) => has(entry, attribute, value)),
    seeming: async (logins) => logins.filter((login) => byValue("login", login).length > 0),
    get: async (uuid) =>
      run(() => {
        const row = select.get(uuid) as Row | undefined;
        return row && decode(row);
      }),
    certificates: async (uuid) =>
      run(() => {
        const row = selectCertificates.get(uuid) as { certificates: string | null } | undefined;
        return JSON.parse(row?.certificates ?? "[]") as string[];
      }),
    put: (entries, fence, refuses) =>
      fenced(fence, () => entries.map((entry) => write(entry, fence, refuses))),
    remove: (removals, fence, refuses) =>
      fenced(fence, () => {
        const results = removals.map((removal) => removeOne(removal, fence, refuses));
        expireTombstones.run();
        return {
          removed: results.flatMap(({ removed }) => removed),
          refused: results.flatMap(({ refused }) => refused),
        };
      }),
    lostPointers: async (entries) =>
      run(() => {
        const ids = new Map(entries.map(({ uuid }) => [uuid, (select.get(uuid) as Row | undefined)?.id]));
        return thatLost(entries, ({ uuid }, attribute, value) => {
          const id = ids.get(uuid);
          return id !== undefined && selectPointer.get(attribute, value, id) === undefined;
        });
      }),
    restorePointers: (lost, fence) =>
      fenced(fence, () => {
        for (const { entry, values } of lost) {
          const row = select.get(entry.uuid) as Row | undefined;
          if (row === undefined) continue;
          for (const [attribute, value] of pairs(values)) insertPointer.run(attribute, value, row.id);
        }
      }),
    swapHold: async (entry, hold) =>
      run(() => {
        const write = entry.write + 1;
        const { changes } = updateHold.run(textOf(hold), write, entry.uuid, entry.write);
        return changes === 1 ? withHold(entry, hold, write) : undefined;
      }),
    async *entries() {
      let last = 0;
      for (;;) {
        const rows = run(() => selectPage.all(last)) as Row[];
        for (const row of rows) yield decode(row);
        const final = rows.at(-1);
        if (final === undefined || rows.length < PAGE_ROWS) return;
        last = final.id;
      }
    },
  };
}
