import { concurrently } from "../concurrently.ts";
import { pointerKey } from "../keys.ts";
import { decodeEntry, encodeEntry } from "../record.ts";
import { pairs, unfit, type Values, valuesOf, without, wrote } from "../searchable.ts";
import { type EntryStore, type FullEntry, type PutResult, type RouteEntry, StoreError } from "../store.ts";
import { isOlder } from "../version-order.ts";
import {
  certificatesKey,
  decodeItem,
  encodeItem,
  entryItemKey,
  isNotNewerThan,
  isStill,
  type StoredEntry,
} from "./entry-item.ts";
import { keyOf, type Table } from "./table.ts";

/** Entries written at a time, and pointers of one entry. */
const ENTRIES_AT_ONCE = 16;
const POINTERS_AT_ONCE = 8;
/** How often a write starts again because another process wrote the same entry meanwhile. */
const ROUNDS = 10;

/**
 * Writing entries. Each write goes in the order certificates, new pointers, entry, old pointers: whoever is killed in
 * between leaves pointers that lead nowhere, and what must still be removed stands in the entry's item. A removal first
 * says so in the item, then removes what leads to it, then the item.
 */
export function entryWrites(table: Table): Pick<EntryStore, "put" | "remove"> {
  const read = async (uuids: readonly string[]): Promise<Map<string, StoredEntry>> => {
    const items = await table.getMany([...new Set(uuids)].map(entryItemKey), true);
    return new Map(items.map(decodeItem).map((stored) => [stored.uuid, stored]));
  };
  const readOne = async (uuid: string): Promise<StoredEntry | undefined> => {
    const item = await table.get(entryItemKey(uuid), true);
    return item && decodeItem(item);
  };

  const putPointers = (uuid: string, values: Values, write: number): Promise<unknown> =>
    concurrently(POINTERS_AT_ONCE, pairs(values), ([attribute, value]) =>
      table.put(
        { ...keyOf(pointerKey(attribute, value), uuid), write: { N: `${write}` } },
        isNotNewerThan(write),
      ),
    );

  const putCertificates = (
    uuid: string,
    certificates: readonly string[],
    write: number,
  ): Promise<unknown> => {
    if (certificates.length === 0) return table.delete(certificatesKey(uuid), isNotNewerThan(write));
    const der = { L: certificates.map((base64) => ({ B: Buffer.from(base64, "base64") })) };
    return table.put({ ...certificatesKey(uuid), der, write: { N: `${write}` } }, isNotNewerThan(write));
  };

  /** Removes the pointers that the item says are to go; with a removed entry its certificates. */
  const sweep = async ({ uuid, write, leaving = {}, isRemoved }: StoredEntry): Promise<void> => {
    await concurrently(POINTERS_AT_ONCE, pairs(leaving), ([attribute, value]) =>
      table.delete(keyOf(pointerKey(attribute, value), uuid), isNotNewerThan(write)),
    );
    if (isRemoved) await putCertificates(uuid, [], write);
  };

  /** Sweeps, then says in the item that it is done. Another writer who is faster does both. */
  const finish = async (stored: StoredEntry): Promise<void> => {
    await sweep(stored);
    if (stored.isRemoved) await table.delete(entryItemKey(stored.uuid), isStill(stored));
    else if (stored.leaving !== undefined) {
      await table.update(entryItemKey(stored.uuid), "REMOVE leaving", isStill(stored));
    }
  };

  const put = async (entry: FullEntry, first: StoredEntry | undefined): Promise<PutResult> => {
    const { uuid } = entry;
    const record = encodeEntry(entry);
    const reason = unfit(entry, record);
    if (reason !== undefined) return { did: "skipped", reason };

    const seen: RouteEntry[] = [];
    let stored = first;
    // Where the item is absent its next number begins with the time: greater than any that it had before.
    let highest = Date.now();
    for (let round = 0; round < ROUNDS; round++) {
      const before = entryIn(stored);
      if (before !== undefined && stored?.record === record) {
        const { leaving } = stored;
        if (leaving !== undefined) await finish(stored);
        // Whoever wrote this did not end, or it was this very write, whose answer was lost: it may not have been told.
        const left = { ...entry, logins: leaving?.login ?? [] };
        return round > 0 || leaving !== undefined ? wrote(entry, ...seen, left) : { did: "nothing" };
      }
      if (before !== undefined && isOlder(entry, before)) return { did: "refused" };

      if (stored !== undefined) await sweep(stored);
      highest = Math.max(stored?.write ?? 0, highest) + 1;
      const [now, old] = [valuesOf(entry), before === undefined ? {} : valuesOf(before)];
      const next = { uuid, write: highest, record, isRemoved: false, leaving: filled(without(old, now)) };
      if (String(entry.fingerprints ?? "") !== String(before?.fingerprints ?? "")) {
        await putCertificates(uuid, entry.certificates ?? [], next.write);
      }
      await putPointers(uuid, without(now, old), next.write);
      if (before !== undefined) seen.push(before);
      if (await table.put(encodeItem(next), isStill(stored))) {
        if (next.leaving !== undefined) await finish(next);
        return wrote(entry, ...seen);
      }
      // The pointers stay: another writer may need them by now, and to those that nobody needs no entry answers.
      stored = await readOne(uuid);
    }
    throw new StoreError("throttled", `entry ${uuid} is written by others all the time`);
  };

  const remove = async (uuid: string, first: StoredEntry | undefined): Promise<RouteEntry[]> => {
    let stored = first;
    for (let round = 0; round < ROUNDS; round++) {
      if (stored === undefined) return [];
      const entry = decodeEntry(stored.record);
      if (stored.isRemoved) {
        await finish(stored);
        return [entry];
      }
      await sweep(stored);
      const removed = { ...stored, write: stored.write + 1, isRemoved: true, leaving: valuesOf(entry) };
      if (await table.put(encodeItem(removed), isStill(stored))) {
        await finish(removed);
        return [entry];
      }
      stored = await readOne(uuid);
    }
    throw new StoreError("throttled", `entry ${uuid} is written by others all the time`);
  };

  return {
    async put(entries) {
      const stored = await read(entries.map(({ uuid }) => uuid));
      const results = new Array<PutResult>(entries.length);
      await concurrently(ENTRIES_AT_ONCE, byUuid(entries), async (group) => {
        let known = stored.get(group[0]?.[1].uuid ?? "");
        for (const [index, entry] of group) {
          results[index] = await put(entry, known);
          known = group.length > 1 ? await readOne(entry.uuid) : undefined;
        }
      });
      return results;
    },

    async remove(uuids) {
      const stored = await read(uuids);
      const removed = await concurrently(ENTRIES_AT_ONCE, [...new Set(uuids)], (uuid) =>
        remove(uuid, stored.get(uuid)),
      );
      return removed.flat();
    },
  };
}

/** The entry as look-ups find it. Throws StoreError. */
const entryIn = (stored: StoredEntry | undefined): RouteEntry | undefined =>
  stored === undefined || stored.isRemoved ? undefined : decodeEntry(stored.record);

const filled = (values: Values): Values | undefined => (Object.keys(values).length > 0 ? values : undefined);

/** Entries of one UUID together, in their order, each with its place. */
function byUuid(entries: readonly FullEntry[]): [index: number, entry: FullEntry][][] {
  const groups = new Map<string, [number, FullEntry][]>();
  for (const [index, entry] of entries.entries()) {
    const group = groups.get(entry.uuid);
    if (group === undefined) groups.set(entry.uuid, [[index, entry]]);
    else group.push([index, entry]);
  }
  return [...groups.values()];
}
