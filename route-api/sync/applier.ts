import type { Logger } from "pino";
import type { SkippedEntry } from "../contract/sync-status.ts";
import type { AttributeNames } from "../directory/entry.ts";
import type { DirectoryEvent } from "../directory/source.ts";
import type { PutResult, Refuses, RouteEntry, RouteStore, StoredEntry } from "../store/store.ts";
import { type Announcer, changeOfPut, changeOfRemoval } from "./announcer.ts";
import { type Batch, newBatch } from "./batch.ts";
import { type FullRead, newFullRead } from "./full-read.ts";
import type { Lease } from "./lease.ts";
import type { PointerCheck } from "./pointer-check.ts";
import type { Removals } from "./removals.ts";
import type { StatusBoard } from "./status-board.ts";
import { sweep } from "./sweep.ts";

export interface ApplierOptions {
  store: RouteStore;
  lease: Lease;
  /** Decides what of the directory is not written. */
  refuses: Refuses;
  names: AttributeNames;
  removals: Removals;
  announcer: Announcer;
  pointers: PointerCheck;
  board: StatusBoard;
  /** Removals that the operator approved: the next full read may make as many. */
  released: number | undefined;
  log: Logger;
  signal: AbortSignal;
  /** The table matches the directory as of a moment ago; `full` if everything was read for it. */
  onLevel(full: boolean): void;
  /** A sweep, which runs beside the events, has failed. */
  onFailure(error: unknown): void;
}

/** Applies the events of a directory to the route store. */
export interface Applier {
  /** Writes the events in order, announces them, then saves the cursor. Rejects with a StoreError. */
  apply(events: readonly DirectoryEvent[]): Promise<void>;
  /** Resolves when nothing is in progress any more. */
  idle(): Promise<void>;
}

export function applier(options: ApplierOptions): Applier {
  const {
    store,
    lease,
    refuses,
    names,
    removals,
    announcer,
    pointers,
    board,
    log,
    signal,
    onLevel,
    onFailure,
  } = options;
  let { released } = options;
  let reading: FullRead | undefined;
  let sweeping: Promise<void> | undefined;
  /** The cursor to save after the sweep: until then entries that are gone may still be in the table. */
  let waitingCursor: string | undefined;

  /** Serializes writes: those of events, and those of the sweep beside them. */
  let lastWrite: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  };
  const noteChange = (): void => board.set({ lastChangeAt: new Date().toISOString() });

  const write = async (batch: Batch): Promise<void> => {
    reading?.willWrite(batch);
    // Entries found unusable during a reading are left to its sweep; a sweep in progress may have passed them already.
    const isReading = reading !== undefined && sweeping === undefined;
    const gone = isReading ? [...batch.gone] : [...batch.gone, ...batch.unusable.keys()];
    await inTurn(() =>
      announcer.write(async () => {
        const entries = [...batch.puts.values()];
        const results = entries.length === 0 ? [] : await store.put(entries, lease.fence, refuses);
        reading?.wrote(results);
        // Removals first: another entry may have taken the DN.
        for (const uuid of batch.gone) unskip(uuid);
        for (const [index, { uuid, dn }] of entries.entries()) {
          const result = results[index];
          if (result?.did !== "skipped") unskip(uuid, dn);
          else skip({ place: dn, reason: result.reason }, uuid);
        }
        for (const [uuid, entry] of batch.unusable) skip(entry, uuid);
        const removed = gone.length === 0 ? [] : await removals.gone(gone);
        // A reading checks all names at its end.
        if (!isReading) await board.ambiguous.changed([...results.flatMap(entryOfPut), ...removed]);
        const restored = isReading ? await pointers.check(entries, results) : [];
        const changes = [...results.flatMap(changeOfPut), ...removed.map(changeOfRemoval), ...restored];
        if (changes.length > 0) noteChange();
        return changes;
      }),
    );
    board.touch();
  };
  const skip = (entry: SkippedEntry, uuid?: string): void => {
    board.skipped.add(entry, uuid);
    reading?.skipped.add(entry, uuid);
  };
  const unskip = (uuid: string, dn?: string): void => {
    board.skipped.drop(uuid, dn);
    reading?.skipped.drop(uuid, dn);
  };

  const startSweep = (complete: FullRead, cursor: string | undefined): void => {
    waitingCursor = cursor;
    const removeAndTell = (work: () => Promise<StoredEntry[]>): Promise<void> =>
      inTurn(() =>
        announcer.write(async () => {
          const removed = await work();
          if (removed.length > 0) noteChange();
          return removed.map(changeOfRemoval);
        }),
      );
    sweeping = sweep({ store, reading: complete, removals, released, write: removeAndTell, log, signal })
      .then(async (entries) => {
        released = undefined;
        await endReading(complete, entries);
      })
      .catch(onFailure)
      .finally(() => {
        sweeping = undefined;
      });
  };
  const endReading = async (complete: FullRead, entries: number): Promise<void> => {
    const { counts, skipped, beganMs } = complete;
    // A source without cursors must not leave another source's cursor in place.
    await lease.save({ entries, cursor: waitingCursor });
    waitingCursor = undefined;
    reading = undefined;
    board.skipped.replace(skipped);
    await board.ambiguous.replace(complete.census.twice);
    const durationMs = Math.round(performance.now() - beganMs);
    const lastFullRun = { finishedAt: new Date().toISOString(), durationMs, ...counts };
    const isFirst = board.progress.lastFullRun === undefined;
    board.set({ lastFullRun, phase: "following" });
    // Until it is written, the route API calls nobody unknown.
    if (isFirst) await board.flush();
    log.info({ ...counts, skipped: skipped.count, durationMs }, "full read complete");
    if (counts.read === 0)
      log.warn(
        "the directory has no entries for this base and filter; check directory.base and directory.filter",
      );
    onLevel(true);
  };

  return {
    async apply(events) {
      let batch = newBatch(names);
      let cursor: string | undefined;
      const flush = async (): Promise<void> => {
        const full = batch;
        batch = newBatch(names);
        if (full.puts.size + full.gone.size + full.unusable.size > 0) await write(full);
      };
      for (const event of events) {
        switch (event.is) {
          case "entry":
            batch.entry(event.entry);
            break;
          case "gone":
            batch.remove(event.uuids);
            break;
          case "present":
            reading?.present(event.uuids);
            break;
          case "skipped":
            skip(event.skipped);
            if (reading !== undefined) reading.unreadable++;
            if (reading !== undefined) reading.counts.read++;
            break;
          case "reference":
            if (reading !== undefined) reading.counts.references++;
            break;
          case "refreshing":
            await flush();
            await sweeping;
            reading = newFullRead();
            pointers.begin();
            board.set({ phase: "refreshing" });
            break;
          case "refreshed":
            await flush();
            await sweeping;
            if (reading === undefined) cursor = event.cursor ?? cursor;
            else startSweep(reading, event.cursor);
            break;
          case "level":
            await flush();
            // RFC 4533 allows a delete phase after a present phase: finish the sweep of that first.
            await sweeping;
            reading = undefined;
            cursor = event.cursor ?? cursor;
            board.set({ phase: "following" });
            onLevel(false);
            break;
          case "cursor":
            cursor = event.cursor;
            break;
          case "lag":
            board.set({ lagSeconds: event.seconds });
            break;
          default:
            event satisfies never;
        }
      }
      await flush();
      if (cursor === undefined) return;
      if (sweeping !== undefined) waitingCursor = cursor;
      else if (cursor !== lease.notes.cursor) await lease.save({ cursor });
    },
    async idle() {
      await sweeping;
      await lastWrite;
    },
  };
}

const entryOfPut = (result: PutResult): RouteEntry[] => (result.did === "wrote" ? [result.entry] : []);
