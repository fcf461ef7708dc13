import { concurrently } from "../concurrently.ts";
import { decodeEntry, encodeEntry } from "../record.ts";
import { pairs, unfit, type Values, valuesOf, without, wrote } from "../searchable.ts";
import { type EntryStore, type FullEntry, type PutResult, type RouteEntry, StoreError } from "../store.ts";
import { type IsRefused, isNeverRefused, isOlder } from "../version-order.ts";
import {
  decodeItem,
  encodeItem,
  entryItemKey,
  isNotNewerThan,
  isStill,
  pointerItemKey,
  type StoredEntry,
} from "./entry-item.ts";
import type { Table } from "./table.ts";

/** Entries written at once, and pointers of one entry. */
const ENTRIES_AT_ONCE = 16;
const POINTERS_AT_ONCE = 8;
/** How often a write starts over because another process wrote the same entry meanwhile. */
const ROUNDS = 10;

/**
 * Writes entries. Each write goes in the order new pointers, entry, old pointers: a process that dies in between leaves
 * pointers that lead nowhere, and the entry's item lists what must still be removed. A removal first marks the item, then
 * removes its pointers, then the item. A certificate is stored in the pointer from its fingerprint.
 */
export function entryWrites(table: Table): Pick<EntryStore, "put" | "overwrite" | "remove"> {
  const read = async (uuids: readonly string[]): Promise<Map<string, StoredEntry>> => {
    const items = await table.getMany([...new Set(uuids)].map(entryItemKey), true);
    return new Map(items.map(decodeItem).map((stored) => [stored.uuid, stored]));
  };
  const readOne = async (uuid: string): Promise<StoredEntry | undefined> => {
    const item = await table.get(entryItemKey(uuid), true);
    return item && decodeItem(item);
  };

  const putPointers = (entry: FullEntry, values: Values, write: number): Promise<unknown> => {
    const ders = new Map(
      entry.fingerprints?.map((fingerprint, at) => [fingerprint, entry.certificates?.[at]]),
    );
    return concurrently(POINTERS_AT_ONCE, pairs(values), ([attribute, value]) => {
      const der = attribute === "certificate" ? ders.get(value) : undefined;
      const item = { ...pointerItemKey(attribute, value, entry.uuid), write: { N: `${write}` } };
      const full = der === undefined ? item : { ...item, der: { B: Buffer.from(der, "base64") } };
      return table.put(full, isNotNewerThan(write));
    });
  };

  /** Removes the pointers that the item lists for removal. */
  const sweep = ({ uuid, write, leaving = {} }: StoredEntry): Promise<unknown> =>
    concurrently(POINTERS_AT_ONCE, pairs(leaving), ([attribute, value]) =>
      table.delete(pointerItemKey(attribute, value, uuid), isNotNewerThan(write)),
    );

  /** Sweeps, then updates the item; another writer may get there first. */
  const finish = async (stored: StoredEntry): Promise<void> => {
    await sweep(stored);
    if (stored.isRemoved) await table.delete(entryItemKey(stored.uuid), isStill(stored));
    else if (stored.leaving !== undefined) {
      await table.update(entryItemKey(stored.uuid), "REMOVE leaving", isStill(stored));
    }
  };

  const write = async (
    entry: FullEntry,
    first: StoredEntry | undefined,
    isRefused: IsRefused,
  ): Promise<PutResult> => {
    const { uuid } = entry;
    const record = encodeEntry(entry);
    const reason = unfit(entry, record);
    if (reason !== undefined) return { did: "skipped", reason };

    const seen: RouteEntry[] = [];
    let stored = first;
    for (let round = 0; round < ROUNDS; round++) {
      const before = entryIn(stored);
      if (before !== undefined && stored?.record === record) {
        const { leaving } = stored;
        if (leaving !== undefined) await finish(stored);
        // An interrupted write, or this very one whose response was lost: it may not have been announced.
        const left = { ...entry, logins: leaving?.login ?? [] };
        return round > 0 || leaving !== undefined ? wrote(entry, ...seen, left) : { did: "nothing" };
      }
      if (before !== undefined && isRefused(entry, before)) return { did: "refused" };

      if (stored !== undefined) await sweep(stored);
      const number = nextWrite(stored);
      const [now, old] = [valuesOf(entry), before === undefined ? {} : valuesOf(before)];
      const next = { uuid, write: number, record, isRemoved: false, leaving: filled(without(old, now)) };
      await putPointers(entry, without(now, old), number);
      if (before !== undefined) seen.push(before);
      if (await table.put(encodeItem(next), isStill(stored))) {
        if (next.leaving !== undefined) await finish(next);
        return wrote(entry, ...seen);
      }
      // The pointers stay: another writer may need them by now, and a pointer without a matching entry is harmless.
      stored = await readOne(uuid);
    }
    throw new StoreError("throttled", `entry ${uuid} is being written by other processes all the time`);
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
      const removed = { ...stored, write: nextWrite(stored), isRemoved: true, leaving: valuesOf(entry) };
      if (await table.put(encodeItem(removed), isStill(stored))) {
        await finish(removed);
        return [entry];
      }
      stored = await readOne(uuid);
    }
    throw new StoreError("throttled", `entry ${uuid} is being written by other processes all the time`);
  };

  const writeAll = async (entries: readonly FullEntry[], isRefused: IsRefused): Promise<PutResult[]> => {
    const stored = await read(entries.map(({ uuid }) => uuid));
    const results = new Array<PutResult>(entries.length);
    await concurrently(ENTRIES_AT_ONCE, byUuid(entries), async (group) => {
      let known = stored.get(group[0]?.[1].uuid ?? "");
      for (const [index, entry] of group) {
        results[index] = await write(entry, known, isRefused);
        known = group.length > 1 ? await readOne(entry.uuid) : undefined;
      }
    });
    return results;
  };

  return {
    put: (entries) => writeAll(entries, isOlder),
    overwrite: (entries) => writeAll(entries, isNeverRefused),

    async remove(uuids) {
      const stored = await read(uuids);
      const removed = await concurrently(ENTRIES_AT_ONCE, [...new Set(uuids)], (uuid) =>
        remove(uuid, stored.get(uuid)),
      );
      return removed.flat();
    },
  };
}

/** Greater than the last one, and based on the time, so that it is also greater than any of a deleted item. */
const nextWrite = (stored: StoredEntry | undefined): number => Math.max(stored?.write ?? 0, Date.now()) + 1;

/** The entry as look-ups see it. Throws StoreError. */
const entryIn = (stored: StoredEntry | undefined): RouteEntry | undefined =>
  stored === undefined || stored.isRemoved ? undefined : decodeEntry(stored.record);

const filled = (values: Values): Values | undefined => (Object.keys(values).length > 0 ? values : undefined);

/** Entries grouped by UUID, in order, each with its index. */
function byUuid(entries: readonly FullEntry[]): [index: number, entry: FullEntry][][] {
  const groups = new Map<string, [number, FullEntry][]>();
  for (const [index, entry] of entries.entries()) {
    const group = groups.get(entry.uuid);
    if (group === undefined) groups.set(entry.uuid, [[index, entry]]);
    else group.push([index, entry]);
  }
  return [...groups.values()];
}
