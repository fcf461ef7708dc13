import type { RouteEntry } from "./store.ts";

/** Versions of a directory (entryCSN, modifyTimestamp) begin with a generalised time and sort by it. */
const isOrdered = (version: string): boolean => /^\d{14}/.test(version);

/** Whether the directory's order says that `next` is older than what is stored. */
export const isOlder = (next: RouteEntry, stored: RouteEntry): boolean =>
  isOrdered(next.version) && isOrdered(stored.version) && next.version < stored.version;
