import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { canonicalLogin } from "../contract/names.ts";
import type { EntryStore, StoredEntry } from "../store/store.ts";
import type { Authority } from "./authority.ts";
import type { Going } from "./batch.ts";
import type { Guard } from "./guard.ts";
import type { HeldSet } from "./held-set.ts";
import type { Lease } from "./lease.ts";
import type { Held } from "./notes.ts";

export interface RemovalsOptions {
  store: EntryStore;
  lease: Lease;
  authority: Authority;
  guard: Guard;
  /** The entries of the hold, in the order in which they were shown. */
  heldSet: HeldSet;
  /** Login names that the directory must have. */
  canaries: readonly string[];
  log: Logger;
  onHold(held: Held | undefined): void;
}

/** Removals that the operator approved. */
export interface Approved {
  /** How many there were. */
  count: number;
  /** Whether the entry was one of them; undefined if they were too many to be kept: then as many may go. */
  includes: ((uuid: string) => boolean) | undefined;
}

/** What a full read would remove, and how complete it was. */
export interface AbsenceOptions {
  /** UUIDs of the absent entries; the first ones, if there are very many. */
  uuids: readonly string[];
  absent: number;
  /** DNs of the first of them. */
  dns: readonly string[];
  /** Entries in the table, these included. */
  of: number;
  /** Entries that the reading found. */
  found: number;
  isSeen(uuid: string): boolean;
  /** The server had everything that the table has when the reading began. */
  isCurrent: boolean;
  approved: Approved | undefined;
}

/** All removals, subject to the guard. */
export interface Removals {
  /** Removes entries that the directory reported gone; returns those that existed. Nothing while removals are on hold. */
  gone(going: readonly Going[]): Promise<StoredEntry[]>;
  /** Whether entries that a full read did not find may be removed; if not, removals are put on hold. */
  mayRemoveAbsent(absence: AbsenceOptions): Promise<boolean>;
  /** Removes entries that a full read did not find, once that is allowed. */
  absent(going: readonly Going[]): Promise<StoredEntry[]>;
  /** All of them are removed: ends the hold. Not sooner, so that a sync that is killed meanwhile starts over. */
  absentDone(): Promise<void>;
}

/** Entries read at once. */
const GETS_AT_ONCE = 64;
/** Entries of a hold that are named. */
const NAMED = 20;

const HOLD_MESSAGES: Readonly<Record<Held["reason"], string>> = {
  "too-many-removals": "removals on hold; approve them with: mmp sync release",
  "canary-missing": "removals on hold; approve them with: mmp sync release",
  "server-behind": "removals on hold until the server has caught up",
};

type Why = Pick<Held, "reason" | "wouldRemove" | "of"> & { missingCanaries?: string[]; entries?: string[] };

export function removals(options: RemovalsOptions): Removals {
  const { store, lease, authority, guard, heldSet, canaries, log, onHold } = options;
  /** A full read was allowed to remove entries and is doing so. */
  let granted = false;

  const hold = async (before: Held | undefined, why: Why): Promise<void> => {
    const { id = randomUUID(), since = new Date().toISOString() } = before ?? {};
    const next: Held = { missingCanaries: [], entries: [], ...why, id, since };
    await lease.save({ held: next });
    onHold(next);
    if (before === undefined) log.error({ code: "removals-held", ...next }, HOLD_MESSAGES[next.reason]);
  };
  const holdMore = async (held: Held | undefined, there: readonly StoredEntry[], why: Why): Promise<void> => {
    const uuids = there.map(({ uuid }) => uuid);
    if (held === undefined) await heldSet.replace(uuids, uuids.length);
    else await heldSet.add(uuids);
    const entries = [...(held?.entries ?? []), ...there.map(({ dn }) => dn)].slice(0, NAMED);
    await hold(held, { ...why, entries });
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
  const remove = async (going: readonly Going[]): Promise<StoredEntry[]> => {
    const byUuid = new Map(going.map((each) => [each.uuid, each]));
    const wanted = going.map(({ uuid, version }) => (version === undefined ? { uuid } : { uuid, version }));
    const { removed } = await store.remove(wanted, lease.fence, ({ uuid }, stored) => {
      const { asOf, at } = byUuid.get(uuid) ?? { asOf: undefined, at: undefined };
      return authority.keeps(stored, asOf, at);
    });
    return removed;
  };
  /** Counts removals, for the next leader too; the guard's share is one of the entries that there are now. */
  const count = async (removed: number, of: number): Promise<void> => {
    if (removed === 0) return;
    guard.record(removed);
    await lease.save({ removed: [...guard.recent], entries: Math.max(0, of - removed) });
  };

  return {
    async gone(going) {
      const { entries: of } = lease.notes;
      const held = granted ? undefined : lease.notes.held;
      const isBehind = authority.behind !== undefined;
      const isSafe =
        held === undefined && !isBehind && canaries.length === 0 && going.length <= guard.allowance(of);
      if (isSafe) {
        const removed = await remove(going);
        await count(removed.length, of);
        return removed;
      }
      // A server reports every deleted entry, including those the filter never matched.
      const there = await existing(store, going);
      const more = there.length;
      if (more === 0) return [];
      if (held !== undefined) {
        await holdMore(held, there, { ...held, wouldRemove: held.wouldRemove + more });
        return [];
      }
      if (isBehind) {
        await holdMore(undefined, there, { reason: "server-behind", wouldRemove: more, of });
        return [];
      }
      if (more > guard.allowance(of)) {
        await holdMore(undefined, there, { reason: "too-many-removals", wouldRemove: more, of });
        return [];
      }
      const leaving = new Set(there.map(({ uuid }) => uuid));
      const missingCanaries = await canariesWithout((uuid) => !leaving.has(uuid));
      if (missingCanaries.length > 0) {
        await holdMore(undefined, there, {
          reason: "canary-missing",
          wouldRemove: more,
          of,
          missingCanaries,
        });
        return [];
      }
      const removed = await remove(going.filter(({ uuid }) => leaving.has(uuid)));
      await count(removed.length, of);
      return removed;
    },

    async mayRemoveAbsent({ uuids, absent, dns, of, found, isSeen, isCurrent, approved }) {
      if (approved !== undefined) {
        guard.reset();
        await lease.save({ removed: [] });
      }
      // Besides the approved removals, the usual number may go: the directory has not stood still.
      const others = Math.max(0, absent - shownOf(uuids, approved));
      const isTooMany = others > guard.allowance(of);
      // A few may go at any time, but never all: an empty result means a filter that matches nothing.
      const isEmptied = found === 0 && others > 0 && !guard.mayEmpty;
      const missingCanaries = approved === undefined ? await canariesWithout(isSeen) : [];
      const reason = reasonToHold({
        isBehind: absent > 0 && !isCurrent,
        missingCanaries,
        isTooMany: isTooMany || isEmptied,
      });
      if (reason === undefined) {
        await count(others, of);
        granted = true;
        return true;
      }
      // What the operator sees from here on is this set; an approval of an earlier one does not count for it.
      const isSame = await heldSet.replace(uuids, absent);
      const { held } = lease.notes;
      const before = approved === undefined && isSame && held?.wouldRemove === absent ? held : undefined;
      await hold(before, { reason, wouldRemove: absent, of, missingCanaries, entries: dns.slice(0, NAMED) });
      return false;
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

/** How many of the entries were shown to the operator before the approval. */
function shownOf(uuids: readonly string[], approved: Approved | undefined): number {
  if (approved === undefined) return 0;
  const { count, includes } = approved;
  return includes === undefined ? count : uuids.filter(includes).length;
}

function reasonToHold(found: {
  isBehind: boolean;
  missingCanaries: readonly string[];
  isTooMany: boolean;
}): Held["reason"] | undefined {
  if (found.isBehind) return "server-behind";
  if (found.missingCanaries.length > 0) return "canary-missing";
  return found.isTooMany ? "too-many-removals" : undefined;
}

async function existing(store: EntryStore, going: readonly Going[]): Promise<StoredEntry[]> {
  const there: StoredEntry[] = [];
  for (let at = 0; at < going.length; at += GETS_AT_ONCE) {
    const some = going.slice(at, at + GETS_AT_ONCE);
    const entries = await Promise.all(some.map(({ uuid }) => store.get(uuid)));
    for (const entry of entries) if (entry !== undefined) there.push(entry);
  }
  return there;
}
