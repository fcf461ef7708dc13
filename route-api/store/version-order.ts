import type { RouteEntry } from "./store.ts";

/** Versions of a directory (entryCSN, modifyTimestamp) begin with a generalised time and sort by it. */
const isOrdered = (version: string): boolean => /^\d{14}/.test(version);

/** Whether what is stored stays, and `next` is refused. */
export type Refusal = (next: RouteEntry, stored: RouteEntry) => boolean;

/** Whether the directory's order says that `next` is older than what is stored. */
export const isOlder: Refusal = (next, stored) =>
  isOrdered(next.version) && isOrdered(stored.version) && next.version < stored.version;

/** Whatever is stored gives way. */
export const isNeverRefused: Refusal = () => false;
