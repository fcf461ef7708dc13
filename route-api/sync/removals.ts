import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { canonicalLogin } from "../contract/names.ts";
import type { EntryStore, StoredEntry } from "../store/store.ts";
import type { Guard } from "./guard.ts";
import type { Lease } from "./lease.ts";
import type { Held } from "./notes.ts";
import { refusesNoRemoval } from "./version-order.ts";

export interface RemovalsOptions {
  store: EntryStore;
  lease: Lease;
  guard: Guard;
  /** Login names that the directory must have. */
  canaries: readonly string[];
  log: Logger;
  onHold(held: Held | undefined): void;
}

/** What a full read would remove, and how complete it was. */
export interface AbsenceOptions {
  absent: number;
  /** Entries in the table, these included. */
  of: number;
  /** Entries that the reading found. */
  found: number;
  isSeen(uuid: string): boolean;
  /** Removals that the operator approved. */
  released: number | undefined;
}

/** All removals, subject to the guard. */
export interface Removals {
  /** Removes entries that the directory reported gone; returns those that existed. Nothing while removals are on hold. */
  gone(uuids: readonly string[]): Promise<StoredEntry[]>;
  /** Whether entries that a full read did not find may be removed; if not, removals are put on hold. */
  mayRemoveAbsent(absence: AbsenceOptions): Promise<boolean>;
  /** Removes entries that a full read did not find, once that is allowed. */
  absent(uuids: readonly string[]): Promise<StoredEntry[]>;
  /** All of them are removed: ends the hold. Not sooner, so that a sync that is killed meanwhile starts over. */
  absentDone(): Promise<void>;
}

/** Entries read at once. */
const GETS_AT_ONCE = 64;

export function removals({ store, lease, guard, canaries, log, onHold }: RemovalsOptions): Removals {
  /** A full read was allowed to remove entries and is doing so. */
  let granted = false;

  const hold = async (
    before: Held | undefined,
    held: Pick<Held, "reason" | "wouldRemove" | "of"> & { missingCanaries?: string[] },
  ): Promise<void> => {
    const { id = randomUUID(), since = new Date().toISOString() } = before ?? {};
    const next: Held = { missingCanaries: [], ...held, id, since };
    await lease.save({ held: next });
    onHold(next);
    if (before === undefined)
      log.error({ code: "removals-held", ...next }, "removals on hold; approve them with: mmp sync release");
  };
  const remove = async (uuids: readonly string[]): Promise<StoredEntry[]> => {
    const removals = uuids.map((uuid) => ({ uuid }));
    return (await store.remove(removals, lease.fence, refusesNoRemoval)).removed;
  };
  /** Canaries that no entry accepted by `fits` has. */
  const canariesWithout = async (fits: (uuid: string) => boolean): Promise<string[]> => {
    const missing: string[] = [];
    for (const canary of canaries) {
      const claiming = await store.match("login", canonicalLogin(canary) ?? canary, "consistent");
      if (!claiming.some(({ uuid }) => fits(uuid))) missing.push(canary);
    }
    return missing;
  };

  return {
    async gone(uuids) {
      const { entries: of } = lease.notes;
      const held = granted ? undefined : lease.notes.held;
      // A server reports every deleted entry, including those the filter never matched.
      const isSafe = held === undefined && canaries.length === 0 && uuids.length <= guard.allowance(of);
      const there = isSafe ? uuids : await existing(store, uuids);
      if (there.length === 0) return [];
      if (held !== undefined) {
        await hold(held, { ...held, wouldRemove: held.wouldRemove + there.length });
        return [];
      }
      if (there.length > guard.allowance(of)) {
        await hold(undefined, { reason: "too-many-removals", wouldRemove: there.length, of });
        return [];
      }
      const going = new Set(there);
      const missingCanaries = await canariesWithout((uuid) => !going.has(uuid));
      if (missingCanaries.length > 0) {
        await hold(undefined, { reason: "canary-missing", wouldRemove: there.length, of, missingCanaries });
        return [];
      }
      const removed = await remove(there);
      guard.record(removed.length);
      // The guard's share is one of the entries that there are now.
      if (removed.length > 0) await lease.save({ entries: Math.max(0, of - removed.length) });
      return removed;
    },

    async mayRemoveAbsent({ absent, of, found, isSeen, released }) {
      const missingCanaries = released === undefined ? await canariesWithout(isSeen) : [];
      if (released !== undefined) guard.reset();
      // Besides the approved removals, the usual number may go: the directory has not stood still.
      const allowed = (released ?? 0) + guard.allowance(of);
      // A few may go at any time, but never all: an empty result means a filter that matches nothing.
      const isEmptied = found === 0 && absent > (released ?? 0) && !guard.mayEmpty;
      // The approval is used up: more than that is a new hold.
      const before = released === undefined ? lease.notes.held : undefined;
      if (missingCanaries.length > 0) {
        await hold(before, { reason: "canary-missing", wouldRemove: absent, of, missingCanaries });
        return false;
      }
      if (absent > allowed || isEmptied) {
        await hold(before, { reason: "too-many-removals", wouldRemove: absent, of });
        return false;
      }
      if (released === undefined) guard.record(absent);
      granted = true;
      return true;
    },

    absent: remove,

    async absentDone() {
      granted = false;
      if (lease.notes.held === undefined) return;
      await lease.save({ held: undefined });
      onHold(undefined);
      log.info("removals resumed");
    },
  };
}

async function existing(store: EntryStore, uuids: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (let at = 0; at < uuids.length; at += GETS_AT_ONCE) {
    const some = uuids.slice(at, at + GETS_AT_ONCE);
    const entries = await Promise.all(some.map((uuid) => store.get(uuid)));
    for (const entry of entries) if (entry !== undefined) there.push(entry.uuid);
  }
  return there;
}
