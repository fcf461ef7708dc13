import type { FullEntry, RouteStore } from "../../../../../route-api/store/store.ts";

/** A store with what a test needs to look behind it. Tests share it: each makes entries of its own. */
export interface StoreUnderTest {
  store: RouteStore;
  /** The same store as another process has it. */
  other: RouteStore;
  /** So many entries that all are more than one page of the store's list. */
  entriesOfTwoPages: number;
  /** Writes a pointer alone, as a writer that was killed half-way leaves it. */
  putBarePointer(attribute: string, value: string, uuid: string): Promise<void>;
  /** Deletes a pointer behind the store's back. */
  losePointer(attribute: string, value: string, uuid: string): Promise<void>;
  /** What leads to the entry: `attribute=value` of each pointer, sorted. */
  pointersTo(uuid: string): Promise<string[]>;
}

let counter = 0;

/** A name that no other test uses. */
export const unique = (prefix: string): string => `${prefix}${++counter}-${process.pid}`;

/** The directory's version of an entry on a day. */
export const version = (day: number): string =>
  `202601${String(day).padStart(2, "0")}000000.000000Z#000000#000#000000`;

/** An entry of its own for each test, with the fields that matter there. */
export function entry(fields: Partial<FullEntry> = {}): FullEntry {
  const id = unique("u");
  return {
    uuid: id,
    dn: `uid=${id},dc=example,dc=com`,
    account: `${id}@example.com`,
    logins: [id, `${id}@example.com`],
    mailHost: ["store1"],
    version: version(1),
    ...fields,
  };
}
