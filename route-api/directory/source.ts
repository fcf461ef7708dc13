import type { SkippedEntry, SyncStatus } from "../contract/sync-status.ts";
import type { Csns } from "./csn.ts";
import type { DirectoryEntry } from "./entry.ts";

/** What a server had certainly applied when it reported something; undefined: only the version of an entry tells. */
export type AsOf =
  /** Every change up to these. */
  | { by: "csns"; csns: Csns }
  /** It has no CSNs, but reports its changes in their order. */
  | { by: "arrival" }
  | undefined;

/** What a directory reports, in order. */
export type DirectoryEvent =
  /** What follows is from this server; it had applied these changes, if it has CSNs. */
  | { is: "connected"; server: string; csns: Csns | undefined }
  /** An entry as it is now: added, changed, or read again. */
  | { is: "entry"; entry: DirectoryEntry; asOf?: AsOf }
  /** Something that cannot be parsed as an entry. */
  | { is: "skipped"; skipped: SkippedEntry }
  /** A reference to another server, which is not followed: entries there are missing. */
  | { is: "reference" }
  /** Entries that exist and are unchanged since they were last reported. */
  | { is: "present"; uuids: readonly string[] }
  /** Entries that are definitely gone; `version` is that of their deletion, if known. */
  | { is: "gone"; uuids: readonly string[]; asOf?: AsOf; version?: string | undefined }
  /** A reading begins; one that was in progress is void. The event that ends it says what kind it was: `refreshed` or `level`. */
  | { is: "refreshing"; asOf?: AsOf }
  /** The reading reported every entry there is; all others are gone. The cursor covers everything before this. */
  | { is: "refreshed"; cursor?: string; csns?: Csns | undefined }
  /** The reading reported changes since the last cursor, or was abandoned: absence means nothing. */
  | { is: "level"; cursor?: string; csns?: Csns | undefined }
  /** The cursor and the CSNs cover everything before this: `events(cursor)` resumes here. */
  | { is: "cursor"; cursor: string; csns?: Csns | undefined }
  /** How far the reported changes are behind the server, in seconds; 0: up to date. `csns`: what the server has applied. */
  | { is: "lag"; seconds: number; csns?: Csns };

/** A directory that reports its entries and their changes. */
export interface DirectorySource {
  /** Names it in logs; holds no secret. */
  readonly description: string;
  /** How changes are found; undefined until a server has said what it supports. */
  readonly method: SyncStatus["method"];
  /**
   * Reports everything since the cursor (undefined: every entry), then each change as it happens, until the signal. If
   * the cursor is no longer usable it reports every entry, which `refreshed` says. Throws DirectoryError when it cannot
   * continue; the caller tries again with the last cursor.
   */
  events(cursor: string | undefined, signal: AbortSignal): AsyncIterable<DirectoryEvent>;
  /**
   * Looks at the server in use for entries that a reading did not find; returns those that are there. Absent if a reading
   * cannot miss any. Rejects with a DirectoryError.
   */
  find?(sought: readonly Sought[], signal: AbortSignal): Promise<DirectoryEntry[]>;
}

/** An entry to look for. */
export interface Sought {
  uuid: string;
  dn: string;
}
