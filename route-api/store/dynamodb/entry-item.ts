import type { Hold } from "../../contract/holds.ts";
import { decodeHold } from "../holds.ts";
import { entryKey, pointerKey } from "../keys.ts";
import { decodeEntry } from "../record.ts";
import type { Values } from "../searchable.ts";
import { type Known, type StoredEntry, TOMBSTONE_SECONDS } from "../store.ts";
import { TTL_ATTRIBUTE } from "./schema.ts";
import { type Condition, IS_ABSENT, type Item, type Key, keyOf } from "./table.ts";

/**
 * An entry's own item. Each write has a greater number, which is also put into the pointers written with it, so that
 * removing pointers never removes one that a later write needs. Pointers that are still to be removed are listed in the
 * item, so that after an interrupted write the next writer can finish. The item of a removed entry stays for a while as
 * its tombstone: a writer whose lease is lost finds it there, and gives up.
 */
export interface EntryItem {
  uuid: string;
  write: number;
  /** The entry as `encodeEntry` encodes it; undefined once the entry and its pointers are removed. */
  record: string | undefined;
  /** The directory's version at which the entry was gone; undefined while it exists. */
  goneAt: string | undefined;
  /** Values whose pointers are still to be removed. */
  leaving: Values | undefined;
  /** Of an entry that is there. */
  hold: Hold | undefined;
}

/** Sort key of an entry's item. */
const ENTRY = "entry";

export const entryItemKey = (uuid: string): Key => keyOf(entryKey(uuid), ENTRY);
export const pointerItemKey = (attribute: string, value: string, uuid: string): Key =>
  keyOf(pointerKey(attribute, value), uuid);

/** Filter of a scan: entries that are not removed. */
export const ENTRIES_ONLY = {
  FilterExpression: "sk = :sk AND attribute_exists(#entry)",
  ProjectionExpression: "#entry, #write, #hold",
  ExpressionAttributeNames: { "#entry": ENTRY, "#write": "write", "#hold": "hold" },
  ExpressionAttributeValues: { ":sk": { S: ENTRY } },
};

/** What remains of a removed entry once its pointers are gone; the item expires by itself. */
export const BURY = "REMOVE leaving, removed";

export function encodeItem({ uuid, write, record, goneAt, leaving, hold }: EntryItem): Item {
  const item: Item = { ...entryItemKey(uuid), write: { N: `${write}` } };
  if (record !== undefined) item[goneAt === undefined ? ENTRY : "removed"] = { S: record };
  if (leaving !== undefined) item.leaving = { S: JSON.stringify(leaving) };
  if (hold !== undefined && goneAt === undefined) item.hold = { S: JSON.stringify(hold) };
  if (goneAt === undefined) return item;
  const expires = Math.floor(Date.now() / 1000) + TOMBSTONE_SECONDS;
  return { ...item, goneAt: { S: goneAt }, [TTL_ATTRIBUTE]: { N: `${expires}` } };
}

/** Throws StoreError. */
export function decodeItem({ entry, removed, goneAt, leaving, pk, write, hold }: Item): EntryItem {
  const record = entry?.S ?? removed?.S;
  const isStored = entry !== undefined;
  return {
    uuid: (pk?.S ?? "").slice(entryKey("").length),
    write: Number(write?.N),
    record,
    // Earlier versions noted no version when they removed an entry.
    goneAt: isStored ? undefined : (goneAt?.S ?? (record === undefined ? "" : decodeEntry(record).version)),
    leaving: leaving?.S === undefined ? undefined : (JSON.parse(leaving.S) as Values),
    hold: !isStored || hold?.S === undefined ? undefined : decodeHold(hold.S),
  };
}

/** The entry as look-ups see it. Throws StoreError. */
export const storedIn = (item: EntryItem | undefined): StoredEntry | undefined =>
  item?.record === undefined || item.goneAt !== undefined
    ? undefined
    : { ...decodeEntry(item.record), write: item.write, ...heldBy(item.hold) };

/** The entry in an item, unless it is removed. Throws StoreError. */
export const entryOf = (item: Item | undefined): StoredEntry | undefined =>
  item?.entry?.S === undefined
    ? undefined
    : {
        ...decodeEntry(item.entry.S),
        write: Number(item.write?.N),
        ...heldBy(item.hold?.S === undefined ? undefined : decodeHold(item.hold.S)),
      };

const heldBy = (hold: Hold | undefined): { hold?: Hold } => (hold === undefined ? {} : { hold });

/** What the item tells of its entry. */
export function knownFrom(item: EntryItem | undefined, stored: StoredEntry | undefined): Known {
  if (stored !== undefined) return { is: "stored", version: stored.version };
  return item?.goneAt === undefined ? { is: "unknown" } : { is: "removed", version: item.goneAt };
}

/** The item has not changed since it was read. */
export const isStill = (item: EntryItem | undefined): Condition =>
  item === undefined
    ? IS_ABSENT
    : { ...writeIs("#write = :write"), ExpressionAttributeValues: { ":write": { N: `${item.write}` } } };

/** The pointer is absent, or from this write or an earlier one. */
export const isNotNewerThan = (write: number): Condition => ({
  ...writeIs("attribute_not_exists(pk) OR #write <= :write"),
  ExpressionAttributeValues: { ":write": { N: `${write}` } },
});

/**
 * Sets or removes the hold of an entry that has not changed since it was read. It names no other attribute: the route
 * API's role in AWS may change no more of an entry.
 */
export const holdUpdate = (
  write: number,
  hold: Hold | undefined,
): { expression: string; condition: Condition } => ({
  expression: hold === undefined ? "SET #write = :next REMOVE #hold" : "SET #write = :next, #hold = :hold",
  condition: {
    ConditionExpression: "#write = :write",
    ExpressionAttributeNames: { "#write": "write", "#hold": "hold" },
    ExpressionAttributeValues: {
      ":write": { N: `${write}` },
      ":next": { N: `${write + 1}` },
      ...(hold === undefined ? {} : { ":hold": { S: JSON.stringify(hold) } }),
    },
  },
});

const writeIs = (ConditionExpression: string) => ({
  ConditionExpression,
  ExpressionAttributeNames: { "#write": "write" },
});
