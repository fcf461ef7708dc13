import type { Logger } from "pino";
import type { SkippedEntry } from "../contract/sync-status.ts";
import type { AttributeNames } from "../directory/entry.ts";
import type { DirectoryEvent, DirectorySource } from "../directory/source.ts";
import type { PutResult, RouteEntry, RouteStore, StoredEntry } from "../store/store.ts";
import { type Announcer, changeOfPut, changeOfRemoval, changesFoundWritten } from "./announcer.ts";
import type { Authority } from "./authority.ts";
import { type Batch, type Going, newBatch } from "./batch.ts";
import { type FullRead, newFullRead } from "./full-read.ts";
import type { Lease } from "./lease.ts";
import type { SyncNotes } from "./notes.ts";
import type { PointerCheck } from "./pointer-check.ts";
import { joinedWith, NOWHERE, type Reached } from "./reached.ts";
import type { Approved, Removals } from "./removals.ts";
import { standing } from "./standing.ts";
import type { StatusBoard } from "./status-board.ts";
import { sweep } from "./sweep.ts";

export interface ApplierOptions {
  source: DirectorySource;
  store: RouteStore;
  lease: Lease;
  authority: Authority;
  names: AttributeNames;
  removals: Removals;
  announcer: Announcer;
  pointers: PointerCheck;
  board: StatusBoard;
  /** Removals that the operator approved: the next full read may make them. */
  approved: Approved | undefined;
  /** The source begins with a full read. */
  readsWhole: boolean;
  log: Logger;
  signal: AbortSignal;
  /** The table matches the directory as of a moment ago; `full` if everything was read for it. */
  onLevel(full: boolean): void;
  /** The server, which was behind, has everything now. */
  onCaughtUp(): void;
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
  const { source, store, lease, authority, names, removals, announcer, pointers, board, log, signal } =
    options;
  const { readsWhole, onLevel, onCaughtUp, onFailure } = options;
  let { approved } = options;
  let reading: FullRead | undefined;
  let sweeping: Promise<void> | undefined;
  /** What is reached after the reading: until then entries that are gone may still be in the table. */
  let waiting = NOWHERE;
  let wasBehind = false;
  const server = standing(authority, board, log);

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
    // Entries found unusable during a reading are left to its end; a sweep in progress may have passed them already.
    const isReading = reading !== undefined && sweeping === undefined;
    const gone = isReading ? [...batch.gone.values()] : [...batch.gone.values(), ...batch.unusable.values()];
    await inTurn(() =>
      announcer.write(async () => {
        const entries = [...batch.puts.values()].map(({ entry }) => entry);
        const results = await put(batch);
        reading?.wrote(results);
        // Removals first: another entry may have taken the DN.
        for (const uuid of batch.gone.keys()) unskip(uuid);
        for (const [index, { uuid, dn }] of entries.entries()) {
          const result = results[index];
          if (result?.did !== "skipped") unskip(uuid, dn);
          else skip({ place: dn, reason: result.reason }, uuid);
        }
        for (const [uuid, { skipped }] of batch.unusable) skip(skipped, uuid);
        const removed = gone.length === 0 ? [] : await removals.gone(gone);
        // A reading checks all names at its end.
        if (!isReading) await board.ambiguous.changed([...results.flatMap(entryOfPut), ...removed]);
        const restored = isReading ? await pointers.check(entries, results) : [];
        const changes = [...results.flatMap(changeOfPut), ...removed.map(changeOfRemoval), ...restored];
        if (changes.length > 0) noteChange();
        if (!announcer.lastLeaderDied) return changes;
        const found = changesFoundWritten({ entries, results, gone, removed });
        if (isReading && found.length > 0) announcer.foundWritten();
        return isReading ? changes : [...changes, ...found];
      }),
    );
    board.touch();
  };
  const put = async ({ puts }: Batch): Promise<PutResult[]> => {
    if (puts.size === 0) return [];
    const entries = [...puts.values()].map(({ entry }) => entry);
    const results = await store.put(entries, lease.fence, (next, known) =>
      authority.refuses(next.version, known, puts.get(next.uuid)?.asOf),
    );
    const older = results.flatMap((result, at) => (result.did === "refused" ? [entries[at]?.dn ?? ""] : []));
    server.refused(older, reading?.asOf?.by === "csns" && authority.behind === undefined);
    return results;
  };
  const remove = (work: () => Promise<StoredEntry[]>): Promise<void> =>
    inTurn(() =>
      announcer.write(async () => {
        const removed = await work();
        if (removed.length > 0) noteChange();
        return removed.map(changeOfRemoval);
      }),
    );
  const skip = (entry: SkippedEntry, uuid?: string): void => {
    board.skipped.add(entry, uuid);
    reading?.skipped.add(entry, uuid);
  };
  const unskip = (uuid: string, dn?: string): void => {
    board.skipped.drop(uuid, dn);
    reading?.skipped.drop(uuid, dn);
  };

  const startSweep = (complete: FullRead, reached: Reached): void => {
    waiting = joinedWith(waiting, reached);
    sweeping = sweep({
      store,
      reading: complete,
      authority,
      removals,
      approved,
      proven: () => lease.save(authority.proven()),
      find: async (sought) => (await source.find?.(sought, signal)) ?? [],
      async restore(entries) {
        const batch = newBatch(names);
        for (const entry of entries) batch.entry(entry, undefined);
        await write(batch);
      },
      write: remove,
      log,
      signal,
    })
      .then(async ({ entries, absent }) => {
        approved = undefined;
        if (absent === "kept") await endPutOff(complete);
        await endReading(complete, entries);
      })
      .catch(onFailure)
      .finally(() => {
        sweeping = undefined;
      });
  };
  /** Removes entries that a reading found unusable and that did not come back, however it ended. */
  const endPutOff = async ({ putOff }: FullRead): Promise<void> => {
    const going: Going[] = [...putOff.values()];
    if (going.length === 0) return;
    await remove(() => removals.gone(going));
    announcer.foundWritten();
  };
  const endReading = async (complete: FullRead, entries: number): Promise<void> => {
    const { counts, skipped, beganMs } = complete;
    // What was absent, and removed already, has not come up.
    announcer.foundWritten();
    await inTurn(() => announcer.level());
    // A source without cursors must not leave another source's cursor in place.
    await lease.save({ ...noted(waiting), entries, cursor: waiting.cursor });
    waiting = NOWHERE;
    reading = undefined;
    server.readComplete();
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
    updateStanding();
  };

  /** What the notes say of where the events have come to. */
  const noted = ({ cursor, csns }: Reached): Partial<SyncNotes> => ({
    ...(cursor === undefined ? {} : { cursor }),
    ...(csns === undefined ? {} : authority.reported(csns)),
  });
  const note = async (change: Partial<SyncNotes>): Promise<void> => {
    if (Object.keys(change).length > 0) await lease.save(change);
  };
  const updateStanding = (): void => {
    const isBehind = server.update();
    wasBehind ||= isBehind;
    // The reading under way may do, if the server was current from its beginning.
    const isOnHold = lease.notes.held?.reason === "server-behind";
    if (!isBehind && isOnHold && (wasBehind || !readsWhole)) onCaughtUp();
  };

  return {
    async apply(events) {
      let batch = newBatch(names);
      let reached = NOWHERE;
      const flush = async (): Promise<void> => {
        const full = batch;
        batch = newBatch(names);
        if (full.puts.size + full.gone.size + full.unusable.size > 0) await write(full);
      };
      for (const event of events) {
        switch (event.is) {
          case "connected":
            await note(authority.connected(event.server, event.csns));
            updateStanding();
            break;
          case "entry":
            if (batch.entry(event.entry, event.asOf)) break;
            await flush();
            batch.entry(event.entry, event.asOf);
            break;
          case "gone":
            batch.remove(event.uuids, event.asOf, event.version);
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
            reading = newFullRead(event.asOf, authority.behind === undefined, reading);
            pointers.begin();
            board.set({ phase: "refreshing" });
            break;
          case "refreshed":
            await flush();
            await sweeping;
            if (reading === undefined) reached = joinedWith(reached, event);
            else startSweep(reading, joinedWith(NOWHERE, event));
            break;
          case "level": {
            await flush();
            // RFC 4533 allows a delete phase after a present phase: finish the sweep of that first.
            await sweeping;
            const ended = reading;
            reading = undefined;
            if (ended !== undefined) await endPutOff(ended);
            await inTurn(() => announcer.level());
            reached = joinedWith(joinedWith(waiting, reached), event);
            waiting = NOWHERE;
            board.set({ phase: "following" });
            onLevel(false);
            break;
          }
          case "cursor":
            reached = joinedWith(reached, event);
            break;
          case "lag":
            if (event.csns !== undefined) authority.applied(event.csns);
            updateStanding();
            board.set({ lagSeconds: server.lagOf(event.seconds) });
            break;
          default:
            event satisfies never;
        }
      }
      await flush();
      // What was put off is still in the table: without this, whoever resumes at the cursor would not hear of it again.
      const isPutOff = (reading?.putOff.size ?? 0) > 0;
      if (sweeping !== undefined || isPutOff) waiting = joinedWith(waiting, reached);
      else if (reached.cursor !== undefined && reached.cursor !== lease.notes.cursor) {
        await lease.save(noted(reached));
        updateStanding();
      }
    },
    async idle() {
      await sweeping;
      await lastWrite;
    },
  };
}

const entryOfPut = (result: PutResult): RouteEntry[] => (result.did === "wrote" ? [result.entry] : []);
