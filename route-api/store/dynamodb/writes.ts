import { concurrently } from "../concurrently.ts";
import { carriedHold } from "../holds.ts";
import { decodeEntry, encodeEntry } from "../record.ts";
import { pairs, unfit, type Values, valuesOf, without, wrote } from "../searchable.ts";
import {
  type EntryStore,
  type Fence,
  type FullEntry,
  type LostPointers,
  type PutResult,
  type Refuses,
  type RefusesRemoval,
  type Removal,
  type RemoveResult,
  type RouteEntry,
  StoreError,
} from "../store.ts";
import { epochOf, FencedError } from "../write-number.ts";
import {
  BURY,
  decodeItem,
  type EntryItem,
  encodeItem,
  entryItemKey,
  isNotNewerThan,
  isStill,
  knownFrom,
  pointerItemKey,
  storedIn,
} from "./entry-item.ts";
import type { Table } from "./table.ts";

/** Entries written at once, and pointers of one entry. */
const ENTRIES_AT_ONCE = 16;
const POINTERS_AT_ONCE = 8;
/** How often a write starts over because another process wrote the same entry meanwhile. */
const ROUNDS = 10;

/** A table each of whose writes is sent only once `confirm` has resolved. */
export type OpenFenced = (confirm: () => Promise<void>) => Table;

/** Writes entries. */
export const entryWrites = (open: OpenFenced): Pick<EntryStore, "put" | "remove" | "restorePointers"> => ({
  put: (entries, fence, refuses) => writesUnder(open(fence.confirm), fence).put(entries, refuses),
  remove: (removals, fence, refuses) => writesUnder(open(fence.confirm), fence).remove(removals, refuses),
  restorePointers: (lost, fence) => writesUnder(open(fence.confirm), fence).restorePointers(lost),
});

/**
 * Writes under one lease. Each write goes in the order new pointers, entry, old pointers: a process that dies in between
 * leaves pointers that lead nowhere, and the entry's item lists what must still be removed. A removal first marks the
 * item, then removes its pointers; the item stays as a tombstone. A certificate is stored in the pointer from its
 * fingerprint.
 */
function writesUnder(table: Table, fence: Fence) {
  const checked = (item: EntryItem): EntryItem => {
    const epoch = epochOf(item.write);
    if (epoch > fence.epoch) throw new FencedError(epoch, `another sync has written entry ${item.uuid}`);
    return item;
  };
  const read = async (uuids: readonly string[]): Promise<Map<string, EntryItem>> => {
    const items = await table.getMany([...new Set(uuids)].map(entryItemKey), true);
    return new Map(items.map((item) => checked(decodeItem(item))).map((item) => [item.uuid, item]));
  };
  const readOne = async (uuid: string): Promise<EntryItem | undefined> => {
    const item = await table.get(entryItemKey(uuid), true);
    return item && checked(decodeItem(item));
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
  const sweep = ({ uuid, write, leaving = {} }: EntryItem): Promise<unknown> =>
    concurrently(POINTERS_AT_ONCE, pairs(leaving), ([attribute, value]) =>
      table.delete(pointerItemKey(attribute, value, uuid), isNotNewerThan(write)),
    );

  /** Sweeps, then updates the item; another writer may get there first. */
  const finish = async (item: EntryItem): Promise<void> => {
    await sweep(item);
    if (item.goneAt !== undefined) await table.update(entryItemKey(item.uuid), BURY, isStill(item));
    else if (item.leaving !== undefined) {
      await table.update(entryItemKey(item.uuid), "REMOVE leaving", isStill(item));
    }
  };

  const write = async (
    entry: FullEntry,
    first: EntryItem | undefined,
    refuses: Refuses,
  ): Promise<PutResult> => {
    const { uuid } = entry;
    const record = encodeEntry(entry);
    const reason = unfit(entry, record);
    if (reason !== undefined) return { did: "skipped", reason };

    const seen: RouteEntry[] = [];
    let item = first;
    for (let round = 0; round < ROUNDS; round++) {
      const before = storedIn(item);
      if (before !== undefined && item?.record === record) {
        const { leaving, write: number } = item;
        if (leaving !== undefined) await finish(item);
        // An interrupted write, or this very one whose response was lost: it may not have been announced.
        const left = { ...entry, logins: leaving?.login ?? [] };
        const as = { write: number, hold: before.hold };
        return round > 0 || leaving !== undefined ? wrote(entry, as, ...seen, left) : { did: "nothing" };
      }
      const known = knownFrom(item, before);
      if (refuses(entry, known)) return { did: "refused", known };

      if (item !== undefined) await sweep(item);
      const number = fence.nextWrite(item?.write);
      const hold = carriedHold(before, entry);
      const [now, old] = [valuesOf(entry), before === undefined ? {} : valuesOf(before)];
      const leaving = filled(without(old, now));
      const next = { uuid, write: number, record, goneAt: undefined, leaving, hold };
      await putPointers(entry, without(now, old), number);
      if (before !== undefined) seen.push(before);
      if (await table.put(encodeItem(next), isStill(item))) {
        if (leaving !== undefined) await finish(next);
        return wrote(entry, { write: number, hold }, ...seen);
      }
      // The pointers stay: another writer may need them by now, and a pointer without a matching entry is harmless.
      item = await readOne(uuid);
    }
    throw tooBusy(uuid);
  };

  /** Leaves a tombstone where there is no entry: a late write of an earlier leader must find it. False if there is one now. */
  const buryAbsent = async (
    removal: Removal,
    item: EntryItem | undefined,
    refuses: RefusesRemoval,
  ): Promise<boolean> => {
    const known = item?.goneAt;
    const isBuried = item !== undefined && epochOf(item.write) === fence.epoch;
    if (isBuried || (known !== undefined && refuses(removal, known))) return true;
    const { uuid, version = known ?? "" } = removal;
    const tombstone = {
      uuid,
      goneAt: version,
      write: fence.nextWrite(item?.write),
      record: undefined,
      leaving: undefined,
      hold: undefined,
    };
    return table.put(encodeItem(tombstone), isStill(item));
  };

  const remove = async (
    removal: Removal,
    first: EntryItem | undefined,
    refuses: RefusesRemoval,
  ): Promise<RemoveResult> => {
    const { uuid, version } = removal;
    let item = first;
    for (let round = 0; round < ROUNDS; round++) {
      if (item?.record === undefined) {
        if (await buryAbsent(removal, item, refuses)) return { removed: [], refused: [] };
        item = await readOne(uuid);
        continue;
      }
      const entry = decodeEntry(item.record);
      if (item.goneAt !== undefined) {
        // Whoever began this removal did not finish, or lost the response: it may not have been announced.
        await finish(item);
        return { removed: [{ ...entry, write: item.write }], refused: [] };
      }
      if (refuses(removal, entry.version)) return { removed: [], refused: [uuid] };
      await sweep(item);
      const goneAt = version ?? entry.version;
      const write = fence.nextWrite(item.write);
      const gone = { ...item, write, goneAt, leaving: valuesOf(entry), hold: undefined };
      if (await table.put(encodeItem(gone), isStill(item))) {
        await finish(gone);
        return { removed: [{ ...entry, write: gone.write }], refused: [] };
      }
      item = await readOne(uuid);
    }
    throw tooBusy(uuid);
  };

  return {
    async put(entries: readonly FullEntry[], refuses: Refuses): Promise<PutResult[]> {
      const items = await read(entries.map(({ uuid }) => uuid));
      const results = new Array<PutResult>(entries.length);
      await concurrently(ENTRIES_AT_ONCE, byUuid(entries), async (group) => {
        let known = items.get(group[0]?.[1].uuid ?? "");
        for (const [index, entry] of group) {
          results[index] = await write(entry, known, refuses);
          known = group.length > 1 ? await readOne(entry.uuid) : undefined;
        }
      });
      return results;
    },

    async restorePointers(lost: readonly LostPointers[]): Promise<void> {
      await concurrently(ENTRIES_AT_ONCE, lost, ({ entry, values }) =>
        putPointers(entry, values, fence.nextWrite()),
      );
    },

    async remove(removals: readonly Removal[], refuses: RefusesRemoval): Promise<RemoveResult> {
      const items = await read(removals.map(({ uuid }) => uuid));
      const results = await concurrently(ENTRIES_AT_ONCE, byUuid(removals), async ([[, removal]]) =>
        remove(removal, items.get(removal.uuid), refuses),
      );
      return {
        removed: results.flatMap(({ removed }) => removed),
        refused: results.flatMap(({ refused }) => refused),
      };
    },
  };
}

const tooBusy = (uuid: string): StoreError =>
  new StoreError("throttled", `entry ${uuid} is being written by other processes all the time`);

const filled = (values: Values): Values | undefined => (Object.keys(values).length > 0 ? values : undefined);

type Group<T> = [first: [index: number, item: T], ...rest: [index: number, item: T][]];

/** Items grouped by UUID, in order, each with its index. */
function byUuid<T extends { uuid: string }>(items: readonly T[]): Group<T>[] {
  const groups = new Map<string, Group<T>>();
  for (const [index, item] of items.entries()) {
    const group = groups.get(item.uuid);
    if (group === undefined) groups.set(item.uuid, [[index, item]]);
    else group.push([index, item]);
  }
  return [...groups.values()];
}
