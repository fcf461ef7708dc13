import { entryKey, pointerKey } from "../keys.ts";
import { decodeEntry } from "../record.ts";
import type { Values } from "../searchable.ts";
import type { RouteEntry } from "../store.ts";
import { type Condition, IS_ABSENT, type Item, type Key, keyOf } from "./table.ts";

/**
 * An entry's own item. Each write has the next number, which is also put into the pointers written with it, so that
 * removing pointers never removes one that a later write needs. Pointers that are still to be removed are listed in the
 * item, so that after an interrupted write the next writer can finish.
 */
export interface StoredEntry {
  uuid: string;
  write: number;
  /** As `encodeEntry` makes it. */
  record: string;
  /** The entry is removed; its pointers may still exist. */
  isRemoved: boolean;
  /** Values whose pointers are still to be removed. */
  leaving: Values | undefined;
}

/** Sort key of an entry's item. */
const ENTRY = "entry";

export const entryItemKey = (uuid: string): Key => keyOf(entryKey(uuid), ENTRY);
export const pointerItemKey = (attribute: string, value: string, uuid: string): Key =>
  keyOf(pointerKey(attribute, value), uuid);

/** Filter of a scan: entries that are not removed. */
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

/** The entry in an item, unless it is removed. Throws StoreError. */
export const entryOf = (item: Item | undefined): RouteEntry | undefined =>
  item?.entry?.S === undefined ? undefined : decodeEntry(item.entry.S);

/** The item has not changed since it was read. */
export const isStill = (stored: StoredEntry | undefined): Condition =>
  stored === undefined
    ? IS_ABSENT
    : { ...writeIs("#write = :write"), ExpressionAttributeValues: { ":write": { N: `${stored.write}` } } };

/** The pointer is absent, or from this write or an earlier one. */
export const isNotNewerThan = (write: number): Condition => ({
  ...writeIs("attribute_not_exists(pk) OR #write <= :write"),
  ExpressionAttributeValues: { ":write": { N: `${write}` } },
});

const writeIs = (ConditionExpression: string) => ({
  ConditionExpression,
  ExpressionAttributeNames: { "#write": "write" },
});
