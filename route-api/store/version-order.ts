import type { RouteEntry } from "./store.ts";

/** Versions that begin with a generalized time (entryCSN, modifyTimestamp) sort by it. */
const isOrdered = (version: string): boolean => /^\d{14}/.test(version);

/** Whether `next` is refused and what is stored stays. */
export type IsRefused = (next: RouteEntry, stored: RouteEntry) => boolean;

/** Whether `next` is older than what is stored, by the directory's order. */
export const isOlder: IsRefused = (next, stored) =>
  isOrdered(next.version) && isOrdered(stored.version) && next.version < stored.version;

/** Writes over anything. */
export const isNeverRefused: IsRefused = () => false;
