import type { PutResult } from "../store/store.ts";
import { type ClaimCensus, claimCensus } from "./ambiguous-names.ts";
import type { Batch } from "./batch.ts";
import { type SeenSet, seenSet } from "./seen-set.ts";
import { type SkippedList, skippedList } from "./skipped-list.ts";

/** A full read of the directory in progress. */
export interface FullRead {
  readonly beganMs: number;
  /** The usable entries seen so far. */
  readonly seen: SeenSet;
  readonly skipped: SkippedList;
  /** Of the entries in the table. */
  readonly census: ClaimCensus;
  readonly counts: Record<"read" | "written" | "unchanged" | "older" | "removed" | "references", number>;
  /** Records that could not be parsed: whose they are is unknown. */
  unreadable: number;
  present(uuids: readonly string[]): void;
  /** Called before a batch is written, so that nothing in it counts as absent. */
  willWrite(batch: Batch): void;
  wrote(results: readonly PutResult[]): void;
}

export function newFullRead(): FullRead {
  const seen = seenSet();
  const skipped = skippedList();
  const counts = { read: 0, written: 0, unchanged: 0, older: 0, removed: 0, references: 0 };
  return {
    beganMs: performance.now(),
    seen,
    skipped,
    census: claimCensus(),
    counts,
    unreadable: 0,
    present(uuids) {
      for (const uuid of uuids) seen.add(uuid);
      counts.read += uuids.length;
      counts.unchanged += uuids.length;
    },
    willWrite({ puts, gone, unusable }) {
      for (const uuid of puts.keys()) seen.add(uuid);
      for (const uuid of gone) seen.delete(uuid);
      // Unusable entries count as absent: the user cannot be served, and the guard sees them all together.
      for (const uuid of unusable.keys()) seen.delete(uuid);
      counts.read += puts.size + unusable.size;
    },
    wrote(results) {
      for (const { did } of results) {
        if (did === "wrote") counts.written++;
        else if (did === "refused") counts.older++;
        else if (did === "nothing") counts.unchanged++;
      }
    },
  };
}
