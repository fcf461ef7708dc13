import type { Refuses, RefusesRemoval } from "../store/store.ts";

/** Versions that begin with a generalized time (entryCSN, modifyTimestamp) sort by it. */
const isOrdered = (version: string): boolean => /^\d{14}/.test(version);

/** Whether a version is older than another; those without an order never are. */
export const isOlder = (version: string, than: string): boolean =>
  isOrdered(version) && isOrdered(than) && version < than;

/** Keeps what is newer in the store. */
export const refusesOlder: Refuses = (next, known) =>
  known.is === "stored" && isOlder(next.version, known.version);

/** Lets the directory overwrite everything. */
export const refusesNothing: Refuses = () => false;

/** Lets everything be removed. */
export const refusesNoRemoval: RefusesRemoval = () => false;
