import { expect } from "vitest";
import type { RouteEntry, StoredEntry } from "../../route-api/store/store.ts";

/** What the store returns of an entry that was written: with the number of the write. */
export const stored = (entry: RouteEntry): StoredEntry => ({ ...entry, write: expect.any(Number) as number });
/** The result of a look-up that finds the entry. */
export const found = (entry: RouteEntry) => ({ is: "found", entry: stored(entry) });
