import { entryKey, pointerKey } from "../keys.ts";
import { decodeEntry } from "../record.ts";
import type { Values } from "../searchable.ts";
import type { RouteEntry } from "../store.ts";
import { type Condition, IS_ABSENT, type Item, type Key, keyOf } from "./table.ts";

/**
 * An entry's own item. Each write of it has the next number, and so have the pointers that were written with it: who
 * removes pointers removes none that a later write needs. What an interrupted write leaves to be removed stands in the
 * item, so that whoever writes next can do so.
 */
export interface StoredEntry {
  uuid: string;
  write: number;
  /** As `encodeEntry` makes it. */
  record: string;
  /** The entry is gone, but for what leads to it. */
  isRemoved: boolean;
  /** Values whose pointers are still to be removed. */
  leaving: Values | undefined;
}

/** Sort key of an entry's item. */
const ENTRY = "entry";

export const entryItemKey = (uuid: string): Key => keyOf(entryKey(uuid), ENTRY);
export const pointerItemKey = (attribute: string, value: string, uuid: string): Key =>
  keyOf(pointerKey(attribute, value), uuid);

/** A scan's filter: entries that are there. */
export const ENTRIES_ONLY = {
  FilterExpression: "sk = :sk AND attribute_exists(#entry)",
  ProjectionExpression: "#entry",
  ExpressionAttributeNames: { "#entry": ENTRY },
  ExpressionAttributeValues: { ":sk": { S: ENTRY } },
};

export const encodeItem = ({ uuid, write, record, isRemoved, leaving }: StoredEntry): Item => ({
  ...entryItemKey(uuid),
  write: { N: `${write}` },
  [isRemoved ? "removed" : ENTRY]: { S: record },
  ...(leaving === undefined ? {} : { leaving: { S: JSON.stringify(leaving) } }),
});

export function decodeItem(item: Item): StoredEntry {
  const { entry, removed, leaving, pk, write } = item;
  return {
    uuid: (pk?.S ?? "").slice(entryKey("").length),
    write: Number(write?.N),
    record: entry?.S ?? removed?.S ?? "",
    isRemoved: entry === undefined,
    leaving: leaving?.S === undefined ? undefined : (JSON.parse(leaving.S) as Values),
  };
}

/** The entry of an item, where it is there. Throws StoreError. */
export const entryOf = (item: Item | undefined): RouteEntry | undefined =>
  item?.entry?.S === undefined ? undefined : decodeEntry(item.entry.S);

/** The item is still what was read. */
export const isStill = (stored: StoredEntry | undefined): Condition =>
  stored === undefined
    ? IS_ABSENT
    : { ...writeIs("#write = :write"), ExpressionAttributeValues: { ":write": { N: `${stored.write}` } } };

/** A pointer is absent, or of this write or an older one. */
export const isNotNewerThan = (write: number): Condition => ({
  ...writeIs("attribute_not_exists(pk) OR #write <= :write"),
  ExpressionAttributeValues: { ":write": { N: `${write}` } },
});

const writeIs = (ConditionExpression: string) => ({
  ConditionExpression,
  ExpressionAttributeNames: { "#write": "write" },
});
