import type { PutResult } from "../store/store.ts";
import type { Batch } from "./batch.ts";
import { type SeenSet, seenSet } from "./seen-set.ts";
import { type SkippedList, skippedList } from "./skipped-list.ts";

/** A reading of the whole directory, while it goes on. */
export interface Reading {
  readonly beganMs: number;
  /** What the directory has and can be used, while the reading lasts. */
  readonly seen: SeenSet;
  readonly skipped: SkippedList;
  readonly counts: { read: number; written: number; unchanged: number; older: number; removed: number };
  /** Records that could not even be read: whose they are is not known. */
  unreadable: number;
  present(uuids: readonly string[]): void;
  /** To be told of a batch before it is written, so that nothing that is there passes for absent. */
  willWrite(batch: Batch): void;
  wrote(results: readonly PutResult[]): void;
}

export function newReading(): Reading {
  const seen = seenSet();
  const skipped = skippedList();
  const counts = { read: 0, written: 0, unchanged: 0, older: 0, removed: 0 };
  return {
    beganMs: performance.now(),
    seen,
    skipped,
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
      // As good as absent: the user cannot be served, and the guard judges all of them together.
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
