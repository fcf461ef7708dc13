/*
 * Keys of the table: `pk` and `sk`. What comes from outside stands last in `pk` or alone in `sk`, so that no value can
 * reach into another kind of key.
 */

/** Partition of the pointers from one value to the entries that claim it; their `sk` is the entry's UUID. */
export const pointerKey = (attribute: string, value: string): string => `NAME#${attribute}=${value}`;

export const ENTRY_PREFIX = "ENTRY#";

/** Partition of an entry: the item that look-ups read, and that of its certificates. */
export const entryKey = (uuid: string): string => `${ENTRY_PREFIX}${uuid}`;

/** Partition of the change feed. */
export const CHANGE_KEY = "CHANGE";

/** Sort key of a change: sequence numbers that sort as strings. */
export const changeSortKey = (sequence: number): string => String(sequence).padStart(16, "0");

/** Partition of an account's live sessions; their `sk` is `sessionSortKey`. */
export const sessionKey = (account: string): string => `SESSION#${account}`;

/** An edge's name may hold any character: a session's own id, which has no `#`, comes first. */
export const sessionSortKey = (sid: string, edge: string): string => `${sid}#${edge}`;

/** Partition of an edge's last report. */
export const edgeKey = (edge: string): string => `EDGE#${edge}`;

/** Partition of a document. */
export const documentKey = (name: string): string => `DOC#${name}`;
