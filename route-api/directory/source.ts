import type { SkippedEntry, SyncStatus } from "../contract/sync-status.ts";
import type { DirectoryEntry } from "./entry.ts";

/** What a directory reports, in order. */
export type DirectoryEvent =
  /** An entry as it is now: added, changed, or read again. */
  | { is: "entry"; entry: DirectoryEntry }
  /** Something that cannot be parsed as an entry. */
  | { is: "skipped"; skipped: SkippedEntry }
  /** A reference to another server, which is not followed: entries there are missing. */
  | { is: "reference" }
  /** Entries that exist and are unchanged since they were last reported. */
  | { is: "present"; uuids: readonly string[] }
  /** Entries that are definitely gone. */
  | { is: "gone"; uuids: readonly string[] }
  /** A reading begins; one that was in progress is void. The event that ends it says what kind it was: `refreshed` or `level`. */
  | { is: "refreshing" }
  /** The reading reported every entry there is; all others are gone. The cursor covers everything before this. */
  | { is: "refreshed"; cursor?: string }
  /** The reading reported changes since the last cursor, or was abandoned: absence means nothing. */
  | { is: "level"; cursor?: string }
  /** The cursor covers everything before this: `events(cursor)` resumes here. */
  | { is: "cursor"; cursor: string }
  /** How far the reported changes are behind the directory, in seconds; 0: up to date. */
  | { is: "lag"; seconds: number };

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
}
