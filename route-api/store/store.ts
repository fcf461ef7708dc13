/** An account as the route store keeps it. */
export interface RouteEntry {
  /** entryUUID of the directory entry: the key of everything. */
  uuid: string;
  dn: string;
  /** Canonical name of the account. */
  account: string;
  /** Every name that leads to the account, lower case, the canonical one included where users may log in by it. */
  logins: string[];
  /** Hosts that hold the mailbox, best first. */
  mailHost: string[];
  /** The directory's version of the entry; "" where the directory has none. */
  version: string;
}

export type FindResult =
  | { is: "found"; entry: RouteEntry }
  | { is: "unknown" }
  /** Several entries claim the name. */
  | { is: "ambiguous"; dns: string[] };

/**
 * The route store. A name points to entries by items of their own, `NAME#login=<name>` with the entry's UUID as the
 * sort key, so that two entries that claim one name are both seen. Writes go in the order new pointers, entry, old
 * pointers; a reader follows a pointer only where the entry lists the name, so a half-done write does no harm.
 */
export interface RouteStore {
  /** Makes the table where it is absent. */
  create(): Promise<void>;
  find(login: string): Promise<FindResult>;
  get(uuid: string): Promise<RouteEntry | undefined>;
  /** Writes an entry; false where the store has the same already, or a newer version of it. */
  put(entry: RouteEntry): Promise<boolean>;
  remove(uuid: string): Promise<void>;
  /** UUIDs of all entries, in no order. */
  uuids(): AsyncIterable<string>;
  /** Rejects with a StoreError where the store cannot serve. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Why the store could not do what it was asked. */
export type StoreErrorCode = "no-table" | "unreachable" | "throttled" | "broken";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Partition key of a login name's pointers. The name comes last, so that no name can reach into another key. */
export const loginKey = (login: string): string => `NAME#login=${login}`;

/** Partition key of an entry. */
export const entryKey = (uuid: string): string => `ENTRY#${uuid}`;

/** Versions of a directory (entryCSN, modifyTimestamp) begin with a generalised time and sort by it. */
const isOrdered = (version: string): boolean => /^\d{14}/.test(version);

/** Whether `next` must be written over `stored`: it is newer, or the directory has no order and it differs. */
export function supersedes(next: RouteEntry, stored: RouteEntry | undefined): boolean {
  if (stored === undefined) return true;
  if (isOrdered(next.version) && isOrdered(stored.version) && next.version < stored.version) return false;
  return encodeEntry(next) !== encodeEntry(stored);
}

/** The entry as JSON, its fields always in the same order. */
export const encodeEntry = ({ uuid, dn, account, logins, mailHost, version }: RouteEntry): string =>
  JSON.stringify({ uuid, dn, account, logins, mailHost, version });

/** What an index of names says, once the entries behind it were read: only entries that list the name count. */
export function judge(login: string, entries: (RouteEntry | undefined)[]): FindResult {
  const claiming = entries.filter((entry) => entry?.logins.includes(login) === true) as RouteEntry[];
  const [entry, ...others] = claiming;
  if (entry === undefined) return { is: "unknown" };
  if (others.length > 0) return { is: "ambiguous", dns: claiming.map(({ dn }) => dn).sort() };
  return { is: "found", entry };
}
