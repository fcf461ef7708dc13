import type { AsOf } from "../directory/source.ts";
import type { PutResult } from "../store/store.ts";
import { type ClaimCensus, claimCensus } from "./ambiguous-names.ts";
import type { Batch, Going } from "./batch.ts";
import { type SeenSet, seenSet } from "./seen-set.ts";
import { type SkippedList, skippedList } from "./skipped-list.ts";

/** A full read of the directory in progress. */
export interface FullRead {
  readonly beganMs: number;
  /** What the server had applied when it began. */
  readonly asOf: AsOf;
  /** The server had all that the table had when it began. */
  readonly isCurrent: boolean;
  /** The usable entries seen so far. */
  readonly seen: SeenSet;
  /** Unusable entries: whether they go is decided at the end, unless they come back. */
  readonly putOff: ReadonlyMap<string, Going>;
  readonly skipped: SkippedList;
  /** Of the entries in the table. */
  readonly census: ClaimCensus;
  readonly counts: Record<"read" | "written" | "unchanged" | "older" | "removed" | "references", number>;
  /** Newest version of the table that the server reported an older one of; "" if there is none. */
  readonly newestRefused: string;
  /** Records that could not be parsed: whose they are is unknown. */
  unreadable: number;
  present(uuids: readonly string[]): void;
  /** Called before a batch is written, so that nothing in it counts as absent. */
  willWrite(batch: Batch): void;
  wrote(results: readonly PutResult[]): void;
}

/** Unusable entries that are remembered; further ones wait for the next full read. */
const PUT_OFF_MAX = 100_000;

/** Begins a full read; one that it replaces leaves what it put off. */
export function newFullRead(asOf: AsOf, isCurrent: boolean, before?: FullRead): FullRead {
  const seen = seenSet();
  const putOff = new Map(before?.putOff);
  const skipped = skippedList();
  const counts = { read: 0, written: 0, unchanged: 0, older: 0, removed: 0, references: 0 };
  let newestRefused = "";
  return {
    beganMs: performance.now(),
    asOf,
    isCurrent,
    seen,
    putOff,
    skipped,
    census: claimCensus(),
    counts,
    get newestRefused() {
      return newestRefused;
    },
    unreadable: 0,
    present(uuids) {
      for (const uuid of uuids) seen.add(uuid);
      counts.read += uuids.length;
      counts.unchanged += uuids.length;
    },
    willWrite({ puts, gone, unusable }) {
      for (const uuid of [...puts.keys(), ...gone.keys()]) putOff.delete(uuid);
      for (const uuid of puts.keys()) seen.add(uuid);
      for (const uuid of gone.keys()) seen.delete(uuid);
      for (const [uuid, going] of unusable) {
        // Unusable entries count as absent: the user cannot be served, and the guard sees them all together.
        seen.delete(uuid);
        if (putOff.size < PUT_OFF_MAX) putOff.set(uuid, going);
      }
      counts.read += puts.size + unusable.size;
    },
    wrote(results) {
      for (const result of results) {
        if (result.did === "wrote") counts.written++;
        else if (result.did === "nothing") counts.unchanged++;
        else if (result.did === "refused") {
          counts.older++;
          if (result.known.is === "stored" && result.known.version > newestRefused)
            newestRefused = result.known.version;
        }
      }
    },
  };
}
