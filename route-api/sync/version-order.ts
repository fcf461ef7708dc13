/** Versions that begin with a generalized time (entryCSN, modifyTimestamp) sort by it. */
const isOrdered = (version: string): boolean => /^\d{14}/.test(version);

/** Whether a version is older than another; those without an order never are. */
export const isOlder = (version: string, than: string): boolean =>
  isOrdered(version) && isOrdered(than) && version < than;
