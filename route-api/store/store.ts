import type { Change, Changes } from "../contract/changes.ts";
import type { StoreOverride } from "../contract/routes.ts";

/** An account in the route store. */
export interface RouteEntry {
  /** entryUUID of the directory entry; the key of the entry. */
  uuid: string;
  dn: string;
  /** Canonical name of the account. */
  account: string;
  /** Every login name of the account, in lower case; includes the canonical one if users may log in with it. */
  logins: string[];
  /** Hosts that hold the mailbox, best first. */
  mailHost: string[];
  /** The directory's version of the entry; "" if the directory has none. */
  version: string;
  /** Why the account may not log in, as attribute and value; absent if it may. */
  disabled?: string;
  /** Rules of mailAllowedServiceAccess. */
  services?: string[];
  override?: StoreOverride;
  /** Searchable attributes: names in lower case, values as `searchValue` normalizes them. */
  attributes?: Record<string, string[]>;
  /** SHA-256 of each userCertificate, lower-case hex. */
  fingerprints?: string[];
}

/** An entry as the sync writes it, including what look-ups do not need. */
export interface FullEntry extends RouteEntry {
  /** DER of each userCertificate, base64; in the order of `fingerprints`. */
  certificates?: string[];
}

export type FindResult =
  | { is: "found"; entry: RouteEntry }
  | { is: "unknown" }
  /** Several entries have the name. */
  | { is: "ambiguous"; dns: string[] };

/** "eventual" may lag a write by a second and costs half; "consistent" sees every acknowledged write. */
export type Consistency = "eventual" | "consistent";

/** Outcome of a write. `names` are all that lead or led to the entry, which edges may have cached. */
export type PutResult =
  | { did: "wrote"; entry: RouteEntry; names: string[] }
  /** The store already has this. */
  | { did: "nothing" }
  /** The store has a newer version. */
  | { did: "refused" }
  /** The entry cannot be stored: it is too large, or a field is invalid. What was stored stays. */
  | { did: "skipped"; reason: string };

/**
 * Accounts and the names that lead to them. Each name has pointers, items `NAME#<attribute>=<value>` with the entry's UUID
 * as sort key, so that two entries with the same name are both found. Writes go in the order new pointers, entry, old
 * pointers; a reader accepts a pointer only if the entry lists the name, so an unfinished write does no harm. Every
 * method rejects with a StoreError.
 */
export interface EntryStore {
  /** By login name. An eventual read that finds no entry, or several, is repeated as a consistent one. */
  find(login: string, consistency: Consistency): Promise<FindResult>;
  /**
   * Entries with the value, at most MATCHES_MAX; the attribute is a searchable one in lower case, or `login`, `dn` (as
   * `normalDn` normalizes it), `certificate`, or `claim`: a name of the account that is not a login name, as
   * `foldedName` spells it. An eventual read that finds none is repeated as a consistent one.
   */
  match(attribute: string, value: string, consistency: Consistency): Promise<RouteEntry[]>;
  /** A consistent read. */
  get(uuid: string): Promise<RouteEntry | undefined>;
  /** DER of the entry's certificates, base64. */
  certificates(uuid: string): Promise<string[]>;
  /** Writes each entry unless the stored one is newer; results are in the order of the entries. */
  put(entries: readonly FullEntry[]): Promise<PutResult[]>;
  /** Writes each entry even over a newer one, for a directory that was restored from a backup. */
  overwrite(entries: readonly FullEntry[]): Promise<PutResult[]>;
  /** Removes entries; returns those that existed. */
  remove(uuids: readonly string[]): Promise<RouteEntry[]>;
  /** All entries, in no particular order. */
  entries(): AsyncIterable<RouteEntry>;
}

/** Changes that edges must learn of, in order. */
export interface ChangeFeed {
  /** Appends changes; more than CHANGES_PER_ITEM are split into several items. */
  append(changes: readonly Change[]): Promise<void>;
  /**
   * Changes after the cursor, oldest first, at most about `limit`; without a cursor the end of the feed. Only an answer
   * without changes is the end. `gap` if the feed does not reach back to the cursor, or never knew it: what came in
   * between is lost, and the returned cursor is the end.
   */
  changes(after: string | undefined, limit: number): Promise<Changes>;
}

/** A small JSON value that is only replaced as a whole. */
export interface StoredDocument {
  value: unknown;
  /** Different after every swap. */
  revision: string;
}

/** Named documents, such as the lease and status of the sync. */
export interface DocumentStore {
  /** A consistent read. */
  readDocument(name: string): Promise<StoredDocument | undefined>;
  /** Replaces the document if it still has the revision (undefined: is absent); returns the new revision, else undefined. */
  swapDocument(name: string, value: unknown, revision: string | undefined): Promise<string | undefined>;
}

/** Capacity consumed since the store was opened; zero for SQLite. */
export interface StoreUsage {
  readUnits: number;
  writeUnits: number;
  /** Requests that were throttled and repeated. */
  throttled: number;
}

/** The route store: one port, two adapters, one contract suite. */
export interface RouteStore extends EntryStore, ChangeFeed, DocumentStore {
  /** Creates the table if it does not exist. */
  create(): Promise<void>;
  /** Rejects with a StoreError if the store is unavailable. */
  ready(): Promise<void>;
  readonly usage: StoreUsage;
  close(): Promise<void>;
}

/** At most this many entries are read for one name or value. */
export const MATCHES_MAX = 100;
/** Most changes in one item of the feed. */
export const CHANGES_PER_ITEM = 50;
/** How long the feed reaches back, in seconds. */
export const FEED_RETENTION_SECONDS = 86_400;

/** Why a request to the store failed. */
export type StoreErrorCode = "no-table" | "unreachable" | "throttled" | "broken";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
