/*
 * Keys of the table, `pk` and `sk`. External values come last in `pk` or alone in `sk`, so that no value can be mistaken
 * for another kind of key.
 */

/** Partition of the pointers from a value to the entries that have it; their `sk` is the entry's UUID. */
export const pointerKey = (attribute: string, value: string): string => `NAME#${attribute}=${value}`;

export const ENTRY_PREFIX = "ENTRY#";

/** Partition of an entry. */
export const entryKey = (uuid: string): string => `${ENTRY_PREFIX}${uuid}`;

/** Partitions of the feeds. */
export const CHANGE_KEY = "CHANGE";
export const QUESTION_KEY = "ASK";

/** Sort key in a feed: the sequence number, padded so that it sorts as a string. */
export const feedSortKey = (sequence: number): string => String(sequence).padStart(16, "0");

/** Name of the document by which an operator approves removals: the only one that the route API writes. */
export const RELEASE_DOCUMENT = "sync-release";

/** Partition of a document. */
export const documentKey = (name: string): string => `DOC#${name}`;

/** Partition of a list. */
export const listKey = (list: string): string => `LIST#${list}`;
