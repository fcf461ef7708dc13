import type { Change, Changes } from "../contract/changes.ts";
import type { StoreOverride } from "../contract/routes.ts";

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
  /** Why the account may not log in: the attribute and its value; absent: it may. */
  disabled?: string;
  /** Rules of mailAllowedServiceAccess. */
  services?: string[];
  override?: StoreOverride;
  /** What else the entry can be found by: attribute names in lower case, values as `searchValue` makes them. */
  attributes?: Record<string, string[]>;
  /** SHA-256 of each userCertificate, lower-case hex. */
  fingerprints?: string[];
}

/** An entry as the sync writes it, with what look-ups do not need. */
export interface FullEntry extends RouteEntry {
  /** DER of each userCertificate, base64; in the order of `fingerprints`. */
  certificates?: string[];
}

export type FindResult =
  | { is: "found"; entry: RouteEntry }
  | { is: "unknown" }
  /** Several entries claim the name. */
  | { is: "ambiguous"; dns: string[] };

/** "eventual" may lag a write by a second and costs half; "consistent" sees every write that was acknowledged. */
export type Reading = "eventual" | "consistent";

/** What a write came to. `names` are those that lead, or led, to the entry: what edges may have cached. */
export type PutResult =
  | { did: "wrote"; entry: RouteEntry; names: string[] }
  /** The store has the same already. */
  | { did: "nothing" }
  /** The store has a newer version. */
  | { did: "refused" }
  /** No store can keep it: it is too large, or a field is not what it may be. What was stored stays. */
  | { did: "skipped"; reason: string };

/**
 * Accounts and what leads to them. A name points to entries by items of their own, `NAME#<attribute>=<value>` with the
 * entry's UUID as the sort key, so that two entries that claim one name are both seen. Writes go in the order new
 * pointers, entry, old pointers; a reader follows a pointer only where the entry lists the name, so a half-done write
 * does no harm. Every method rejects with a StoreError.
 */
export interface EntryStore {
  /** By login name. An eventual read that finds no entry, or several, is made again for certain. */
  find(login: string, reading: Reading): Promise<FindResult>;
  /**
   * Entries that have the value, at most MATCHES_MAX, by a searched attribute in lower case or by `login`, `dn` (as
   * `normalDn` makes it), `certificate`. An eventual read that finds none is made again for certain.
   */
  match(attribute: string, value: string, reading: Reading): Promise<RouteEntry[]>;
  /** For certain. */
  get(uuid: string): Promise<RouteEntry | undefined>;
  /** DER of the entry's certificates, base64. */
  certificates(uuid: string): Promise<string[]>;
  /** Writes each entry that is newer than what is stored; results in the order of the entries. */
  put(entries: readonly FullEntry[]): Promise<PutResult[]>;
  /** Writes each entry, over a newer one too: for a directory that was set back. */
  overwrite(entries: readonly FullEntry[]): Promise<PutResult[]>;
  /** Removes entries; gives those that were there. */
  remove(uuids: readonly string[]): Promise<RouteEntry[]>;
  /** All entries, in no order. */
  entries(): AsyncIterable<RouteEntry>;
}

/** What edges must hear of, in order. */
export interface ChangeFeed {
  /** Adds changes to the end; more than CHANGES_PER_ITEM are several items. */
  append(changes: readonly Change[]): Promise<void>;
  /**
   * What came behind the cursor, oldest first, at most about `limit` changes; without a cursor the end of the feed.
   * Only an answer without changes is the end. `gap` where the feed no longer reaches back to the cursor, or never knew
   * it: what it missed is lost, and the answer's cursor is the end.
   */
  changes(after: string | undefined, limit: number): Promise<Changes>;
}

/** A small JSON value that is only ever swapped whole. */
export interface StoredDocument {
  value: unknown;
  /** Another one at every swap. */
  revision: string;
}

/** Cursor, lease and status of the sync: things of which there is one. */
export interface DocumentStore {
  /** For certain. */
  readDocument(name: string): Promise<StoredDocument | undefined>;
  /** Writes if the document still has the revision (undefined: is absent); gives the new revision, else undefined. */
  swapDocument(name: string, value: unknown, revision: string | undefined): Promise<string | undefined>;
}

/** A live session, as its edge reports it. */
export interface StoredSession {
  sid: string;
  edge: string;
  account: string;
  instance: string;
  protocol: string;
  /** Address and port. */
  client: string;
  store: string;
  /** RFC 3339. */
  openedAt: string;
}

/** An edge's heartbeat. */
export interface EdgeReport {
  edge: string;
  /** Milliseconds since 1970. */
  atMs: number;
  opened: readonly StoredSession[];
  closed: readonly { sid: string; account: string }[];
}

/** Live sessions by account. Those of an edge that has not reported for EDGE_SILENT_MS are gone with it. */
export interface SessionStore {
  report(report: EdgeReport): Promise<void>;
  sessionsOf(account: string, nowMs: number): Promise<StoredSession[]>;
}

/** What the store has cost since it was opened; zero where it costs nothing (SQLite). */
export interface StoreUsage {
  readUnits: number;
  writeUnits: number;
  /** Requests that were throttled and sent again. */
  throttled: number;
}

/** The route store: one port, two adapters, one contract suite. */
export interface RouteStore extends EntryStore, ChangeFeed, DocumentStore, SessionStore {
  /** Makes the table where it is absent. */
  create(): Promise<void>;
  /** Rejects with a StoreError where the store cannot serve. */
  ready(): Promise<void>;
  readonly usage: StoreUsage;
  close(): Promise<void>;
}

/** Entries behind one name or value that are read at most. */
export const MATCHES_MAX = 100;
/** Changes in one item of the feed. */
export const CHANGES_PER_ITEM = 50;
/** How long the feed reaches back, in seconds. */
export const FEED_RETENTION_SECONDS = 86_400;
/** An edge that has not reported for this long is dead, in milliseconds. */
export const EDGE_SILENT_MS = 90_000;

/** Why the store could not do what it was asked. */
export type StoreErrorCode = "no-table" | "unreachable" | "throttled" | "broken";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
