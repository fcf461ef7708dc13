import type { Logger } from "pino";
import type { DirectoryEntry } from "../directory/entry.ts";
import type { Sought } from "../directory/source.ts";
import type { EntryStore, StoredEntry } from "../store/store.ts";
import type { Authority } from "./authority.ts";
import type { Going } from "./batch.ts";
import type { FullRead } from "./full-read.ts";
import { inTurns } from "./in-turns.ts";
import type { Approved, Removals } from "./removals.ts";

export interface SweepOptions {
  store: EntryStore;
  reading: FullRead;
  authority: Authority;
  removals: Removals;
  approved: Approved | undefined;
  /** The reading has shown that the server is current. */
  proven(): Promise<void>;
  /** Looks for entries at the server; those that it has are not absent. */
  find(sought: readonly Sought[]): Promise<DirectoryEntry[]>;
  /** Writes entries that were found after all. */
  restore(entries: readonly DirectoryEntry[]): Promise<void>;
  /** Runs a removal between other writes, and announces it. */
  write(work: () => Promise<StoredEntry[]>): Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

export interface SweepResult {
  /** Entries in the table. */
  entries: number;
  /** What became of absent entries. */
  absent: "removed" | "held" | "kept";
}

/** Entries removed at once. */
const REMOVED_AT_ONCE = 100;
/** Absent entries that are looked for at once. */
const SOUGHT_AT_ONCE = 1000;
/** Absent entries remembered while counting; for more the table is scanned again, so that memory stays bounded. */
const REMEMBERED = 100_000;
/** Absent entries that are named to the operator. */
const NAMED = 20;

/**
 * Removes the entries that a complete reading did not find, if the guard allows it. Changes are still being written
 * meanwhile, and what they bring counts as found.
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { reading, authority, removals, approved, proven, log } = options;
  let of = 0;
  let absent = 0;
  let newest: StoredEntry | undefined;
  let remembered: Sought[] = [];
  for await (const entry of entries(options)) {
    of++;
    reading.census.add(entry);
    if (authority.needsProof && entry.version > (newest?.version ?? "")) newest = entry;
    if (!isAbsent(options, entry)) continue;
    absent++;
    if (remembered.length < REMEMBERED) remembered.push({ uuid: entry.uuid, dn: entry.dn });
  }
  if (reading.unreadable > 0 && absent > 0) {
    log.warn({ unreadable: reading.unreadable, absent }, "unreadable records; nothing is removed");
    return { entries: of, absent: "kept" };
  }
  const isSeen = (uuid: string): boolean => reading.seen.has(uuid);
  const isCurrent = isCurrentAfter(reading, authority, newest);
  if (isCurrent && authority.needsProof) await proven();
  const mayRemove = await removals.mayRemoveAbsent({
    uuids: remembered.map(({ uuid }) => uuid),
    dns: remembered.slice(0, NAMED).map(({ dn }) => dn),
    absent,
    of,
    found: reading.seen.size,
    isSeen,
    isCurrent,
    approved,
  });
  if (!mayRemove) return { entries: of, absent: "held" };
  if (absent > remembered.length) {
    for await (const entry of entries(options)) {
      if (!isAbsent(options, entry)) continue;
      remembered.push({ uuid: entry.uuid, dn: entry.dn });
      if (remembered.length >= REMEMBERED) {
        await removeAll(options, remembered);
        remembered = [];
      }
    }
  }
  await removeAll(options, remembered);
  await removals.absentDone();
  return { entries: of - reading.counts.removed, absent: "removed" };
}

/** Whether the reading shows that the server has everything that the table has. */
function isCurrentAfter(reading: FullRead, authority: Authority, newest: StoredEntry | undefined): boolean {
  if (!authority.needsProof) return reading.isCurrent;
  // The server's clock and ours are not compared: it must have shown the newest entry that is known.
  return newest === undefined || (reading.seen.has(newest.uuid) && reading.newestRefused < newest.version);
}

/** Whether the reading should have found the entry, and did not. */
function isAbsent({ reading, authority }: SweepOptions, { uuid, version }: StoredEntry): boolean {
  if (reading.seen.has(uuid)) return false;
  // From a server that is behind nothing is removed unseen: all that it lacks is shown.
  if (!reading.isCurrent) return true;
  return !authority.keeps(version, reading.asOf, reading.putOff.get(uuid)?.at);
}

async function* entries({ store, signal }: SweepOptions): AsyncGenerator<StoredEntry> {
  for await (const entry of inTurns(store.entries())) {
    signal.throwIfAborted();
    yield entry;
  }
}

async function removeAll(options: SweepOptions, absent: readonly Sought[]): Promise<void> {
  const { reading, removals, find, restore, write } = options;
  const going = ({ uuid }: Sought): Going => reading.putOff.get(uuid) ?? { uuid, asOf: reading.asOf };
  for (let at = 0; at < absent.length; at += SOUGHT_AT_ONCE) {
    const some = absent.slice(at, at + SOUGHT_AT_ONCE);
    // Those that are unusable are there, of course.
    const there = await find(some.filter(({ uuid }) => !reading.putOff.has(uuid)));
    if (there.length > 0) await restore(there);
    for (let from = 0; from < some.length; from += REMOVED_AT_ONCE) {
      await write(async () => {
        // A change may have brought one back since the count.
        const still = some.slice(from, from + REMOVED_AT_ONCE).filter(({ uuid }) => !reading.seen.has(uuid));
        const removed = await removals.absent(still.map(going));
        reading.counts.removed += removed.length;
        return removed;
      });
    }
  }
}
