import type { SkippedEntry, SyncStatus } from "../contract.ts";
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
  /** A whole reading begins: what it names or tells until `refreshed` is all that there is. */
  | { is: "refreshing" }
  /** The reading that `refreshing` began is complete: what it did not name is gone. */
  | { is: "refreshed" }
  /** All before this is behind the cursor: `follow(cursor)` goes on from here. */
  | { is: "cursor"; cursor: string }
  /** How far the directory is ahead of what was told, in seconds; 0: level. */
  | { is: "lag"; seconds: number };

/** A directory that can be followed. */
export interface DirectorySource {
  /** What it is, for logs: no secret. */
  readonly description: string;
  readonly method: NonNullable<SyncStatus["method"]>;
  /**
   * Tells everything since the cursor (undefined: everything), then each change as it comes, until the signal. A
   * cursor that the source cannot use any more makes it begin with `refreshing`. Throws DirectoryError where it cannot
   * go on: whoever follows calls again, with the last cursor.
   */
  follow(cursor: string | undefined, signal: AbortSignal): AsyncIterable<DirectoryEvent>;
}
