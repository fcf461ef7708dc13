import type { Logger } from "pino";
import type { EntryStore, StoredEntry } from "../store/store.ts";
import type { FullRead } from "./full-read.ts";
import { inTurns } from "./in-turns.ts";
import type { Removals } from "./removals.ts";

export interface SweepOptions {
  store: EntryStore;
  reading: FullRead;
  removals: Removals;
  /** Removals that the operator approved. */
  released: number | undefined;
  /** Runs a removal between other writes, and announces it. */
  write(work: () => Promise<StoredEntry[]>): Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

/** Entries removed at once. */
const REMOVED_AT_ONCE = 100;
/** Absent entries remembered while counting; for more the table is scanned again, so that memory stays bounded. */
const REMEMBERED = 100_000;

/**
 * Removes the entries that a complete reading did not find, if the guard allows it. Changes are still being written
 * meanwhile, and what they bring counts as found. Returns the number of entries in the table.
 */
export async function sweep(options: SweepOptions): Promise<number> {
  const { reading, removals, released, log } = options;
  let of = 0;
  let absent = 0;
  let remembered: string[] = [];
  for await (const entry of entries(options)) {
    const { uuid } = entry;
    of++;
    reading.census.add(entry);
    if (reading.seen.has(uuid)) continue;
    absent++;
    if (remembered.length < REMEMBERED) remembered.push(uuid);
  }
  if (reading.unreadable > 0 && absent > 0) {
    log.warn({ unreadable: reading.unreadable, absent }, "unreadable records; nothing is removed");
    return of;
  }
  const isSeen = (uuid: string): boolean => reading.seen.has(uuid);
  const found = reading.seen.size;
  if (!(await removals.mayRemoveAbsent({ absent, of, found, isSeen, released }))) return of;
  if (absent > remembered.length) {
    for await (const { uuid } of entries(options)) {
      if (isSeen(uuid)) continue;
      remembered.push(uuid);
      if (remembered.length >= REMEMBERED) {
        await removeAll(options, remembered);
        remembered = [];
      }
    }
  }
  await removeAll(options, remembered);
  await removals.absentDone();
  return of - reading.counts.removed;
}

async function* entries({ store, signal }: SweepOptions): AsyncGenerator<StoredEntry> {
  for await (const entry of inTurns(store.entries())) {
    signal.throwIfAborted();
    yield entry;
  }
}

async function removeAll(
  { reading, removals, write }: SweepOptions,
  uuids: readonly string[],
): Promise<void> {
  for (let at = 0; at < uuids.length; at += REMOVED_AT_ONCE) {
    await write(async () => {
      // A change may have brought one back since the count.
      const absent = uuids.slice(at, at + REMOVED_AT_ONCE).filter((uuid) => !reading.seen.has(uuid));
      const removed = await removals.absent(absent);
      reading.counts.removed += removed.length;
      return removed;
    });
  }
}
