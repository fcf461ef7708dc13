/** A value in a list. */
export interface ListItem {
  key: string;
  value: unknown;
}

/**
 * Small JSON values by list and key, each with an expiry: heartbeats, answers, the audit, kept logins. An expired item may still be
 * stored, but is never read. Every method rejects with a StoreError.
 */
export interface ListStore {
  /** Stores an item for so many seconds, in place of any that has the key. */
  put(list: string, key: string, value: unknown, seconds: number): Promise<void>;
  remove(list: string, key: string): Promise<void>;
  /** In the order of the keys. An eventually consistent read costs half as much, and may lack what was just written. */
  read(list: string, prefix?: string, consistency?: "eventual" | "consistent"): Promise<ListItem[]>;
  /** A consistent read of the keys behind `after`, in their order. */
  readAfter(list: string, after: string): Promise<ListItem[]>;
  /** A consistent read from the last key backwards: at most `limit` items, of keys before `before`. */
  readLast(list: string, limit: number, before?: string): Promise<ListItem[]>;
}

/** Time in seconds since 1970, by which expiries are set. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);
