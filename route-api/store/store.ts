import type { Change } from "../contract/changes.ts";
import type { Hold } from "../contract/holds.ts";
import type { Question } from "../contract/questions.ts";
import type { StoreOverride } from "../contract/routes.ts";
import type { ListStore } from "./lists.ts";

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

/** An entry as the store returns it. */
export interface StoredEntry extends RouteEntry {
  /** Number of the write that stored it; a later write has a greater one. */
  write: number;
  /** New logins wait. Absent in an entry that is not on hold. */
  hold?: Hold;
}

export type FindResult =
  | { is: "found"; entry: StoredEntry }
  | { is: "unknown" }
  /** Several entries have the name. */
  | { is: "ambiguous"; dns: string[] };

/** "eventual" may lag a write by a second and costs half; "consistent" sees every acknowledged write. */
export type Consistency = "eventual" | "consistent";

/** What the store knows of an entry, with the directory's version. */
export type Known =
  | { is: "stored"; version: string }
  /** It was removed, not much more than TOMBSTONE_SECONDS ago; `version` is the one at which it was gone. */
  | { is: "removed"; version: string }
  | { is: "unknown" };

/** Decides whether what is known stays, and `next` is refused. */
export type Refuses = (next: RouteEntry, known: Known) => boolean;

/** Outcome of a write. */
export type PutResult =
  | {
      did: "wrote";
      entry: StoredEntry;
      /** All names that lead or led to the entry, which edges may have cached. */
      names: string[];
    }
  /** The store already has this. */
  | { did: "nothing" }
  | { did: "refused"; known: Known }
  /** The entry cannot be stored: it is too large, or a field is invalid. What was stored stays. */
  | { did: "skipped"; reason: string };

/**
 * The right to write, which comes with the sync's lease. Whoever holds the lease later has a greater epoch, and what it
 * wrote is never overwritten by an earlier holder.
 */
export interface Fence {
  readonly epoch: number;
  /** The document that tells the epoch of the lease. */
  readonly document: string;
  /** Number of the next write: greater than any before, and than `above`, which the entry has. */
  nextWrite(above?: number): number;
  /** Makes sure that the lease is still held; called before each request that writes. Rejects with a StoreError. */
  confirm(): Promise<void>;
}

/** An entry to remove. */
export interface Removal {
  uuid: string;
  /** The directory's version at which it was gone; absent if unknown. */
  version?: string;
}

/** Decides whether an entry stays although it was to be removed; `version` is that of the stored entry, or of its removal. */
export type RefusesRemoval = (removal: Removal, version: string) => boolean;

/** Values by which an entry should be found, but is not: their pointers are lost. */
export interface LostPointers {
  entry: FullEntry;
  /** By attribute, as in `match`. */
  values: Record<string, string[]>;
}

export interface RemoveResult {
  /** The entries that were removed, with the numbers of the writes that removed them. */
  removed: StoredEntry[];
  /** UUIDs of those that were refused. */
  refused: string[];
}

/**
 * Accounts and the names that lead to them. Each name has pointers, items `NAME#<attribute>=<value>` with the entry's UUID
 * as sort key, so that two entries with the same name are both found. Writes go in the order new pointers, entry, old
 * pointers; a reader accepts a pointer only if the entry lists the name, so an unfinished write does no harm. Every
 * method rejects with a StoreError.
 */
export interface EntryStore {
  /**
   * By login name. An eventual read that finds no entry, or several, is repeated as a consistent one. A store that need
   * not wait returns the result itself: look-ups are so many that a promise for each would tell.
   */
  find(login: string, consistency: Consistency): FindResult | Promise<FindResult>;
  /**
   * Entries with the value, at most MATCHES_MAX; the attribute is a searchable one in lower case, or `login`, `dn` (as
   * `normalDn` normalizes it), `certificate`, or `claim`: a name of the account that is not a login name, as
   * `foldedName` spells it. An eventual read that finds none is repeated as a consistent one.
   */
  match(attribute: string, value: string, consistency: Consistency): Promise<StoredEntry[]>;
  /**
   * Those of the login names that seem to lead to entries, in their order: one eventual read each, which is not repeated
   * and looks at no entry.
   */
  seeming(logins: readonly string[]): Promise<string[]>;
  /** A consistent read. */
  get(uuid: string): Promise<StoredEntry | undefined>;
  /** DER of the entry's certificates, base64. */
  certificates(uuid: string): Promise<string[]>;
  /** Writes each entry unless it is refused; results are in the order of the entries. */
  put(entries: readonly FullEntry[], fence: Fence, refuses: Refuses): Promise<PutResult[]>;
  /** Removes entries unless that is refused; those that do not exist are remembered as removed, too. */
  remove(removals: readonly Removal[], fence: Fence, refuses: RefusesRemoval): Promise<RemoveResult>;
  /** Which pointers of these entries, which the store has just so, are lost. Reads each one. */
  lostPointers(entries: readonly FullEntry[]): Promise<LostPointers[]>;
  restorePointers(lost: readonly LostPointers[], fence: Fence): Promise<void>;
  /**
   * Sets the hold of an entry, or removes it, if the entry is still as it was read, and returns the entry as it is then;
   * else undefined. The write counts its number up. A later `put` carries the hold over, and drops it where the mail hosts
   * are not those that the hold is from.
   */
  swapHold(entry: StoredEntry, hold: Hold | undefined): Promise<StoredEntry | undefined>;
  /** All entries, in no particular order. */
  entries(): AsyncIterable<StoredEntry>;
}

/** What a reader of a feed gets. */
export interface FeedPage<T> {
  /** Where to continue. */
  cursor: string;
  /** The feed does not reach back to the reader's cursor, or never knew it: what came in between may be lost. */
  gap: boolean;
  items: T[];
}

/** What edges must learn of, in order. */
export interface Feed<T> {
  /** Appends items; more than ITEMS_PER_RECORD are split into several records. */
  append(items: readonly T[]): Promise<void>;
  /**
   * Items after the cursor, oldest first, at most about `limit`; after a gap in the change feed, those that are left
   * behind it. Without a cursor, and after any other gap, the end of the feed. Only a page without items and without a gap is the end.
   */
  after(cursor: string | undefined, limit: number): Promise<FeedPage<T>>;
  /**
   * The same for a cursor that this process got from this feed itself. It does not read the record of the cursor again, so
   * a look at the end costs the same however large that is.
   */
  next(cursor: string, limit: number): Promise<FeedPage<T>>;
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
export interface RouteStore extends EntryStore, DocumentStore {
  readonly changes: Feed<Change>;
  /** How long to wait between two reads at the end of a feed, by what they cost here, in milliseconds. */
  readonly pollMs: { readonly changes: number; readonly questions: number };
  /**
   * Calls back when any process has written to the store; what it wrote may be readable only a moment later. Returns what
   * ends it; undefined where the store cannot tell.
   */
  onWrite(written: () => void): (() => void) | undefined;
  readonly questions: Feed<Question>;
  readonly lists: ListStore;
  /** Creates the table if it does not exist. */
  create(): Promise<void>;
  /** Rejects with a StoreError if the store is unavailable. */
  ready(): Promise<void>;
  readonly usage: StoreUsage;
  close(): Promise<void>;
}

/** At most this many entries are read for one name or value. */
export const MATCHES_MAX = 100;
/** Most items in one record of a feed. */
export const ITEMS_PER_RECORD = 50;

/** How long the store remembers that an entry was removed, in seconds. */
export const TOMBSTONE_SECONDS = 86_400;

/** Why a request to the store failed. "fenced": the lease under which it was sent is lost. */
export type StoreErrorCode = "no-table" | "unreachable" | "throttled" | "broken" | "fenced";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
