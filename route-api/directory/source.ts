import type { SkippedEntry, SyncStatus } from "../contract/sync-status.ts";
import type { DirectoryEntry } from "./entry.ts";

/** What a directory tells, in order. */
export type DirectoryEvent =
  /** An entry as it is now: added, changed, or read again. */
  | { is: "entry"; entry: DirectoryEntry }
  /** Something that cannot be read as an entry. */
  | { is: "skipped"; skipped: SkippedEntry }
  /** Entries that are there as they were when they were last told. */
  | { is: "present"; uuids: readonly string[] }
  /** Entries that are gone for certain. */
  | { is: "gone"; uuids: readonly string[] }
  /** A reading begins, and what began before is void. How it ends says what it was: `refreshed` or `level`. */
  | { is: "refreshing" }
  /** The reading told or named all that there is: what it did not is gone. All before this is behind the cursor. */
  | { is: "refreshed"; cursor?: string }
  /** The reading told differences since the last cursor, or was given up: nothing is gone by absence. */
  | { is: "level"; cursor?: string }
  /** All before this is behind the cursor: `follow(cursor)` goes on from here. */
  | { is: "cursor"; cursor: string }
  /** How far the directory is ahead of what was told, in seconds; 0: level. */
  | { is: "lag"; seconds: number };

/** A directory that can be followed. */
export interface DirectorySource {
  /** What it is, for logs: no secret. */
  readonly description: string;
  /** How changes come; undefined until a server has said what it can do. */
  readonly method: SyncStatus["method"];
  /**
   * Tells everything since the cursor (undefined: everything), then each change as it comes, until the signal. A
   * cursor that the source cannot use any more makes it tell everything, as `refreshed` says. Throws DirectoryError
   * where it cannot go on: whoever follows calls again, with the last cursor.
   */
  follow(cursor: string | undefined, signal: AbortSignal): AsyncIterable<DirectoryEvent>;
}
