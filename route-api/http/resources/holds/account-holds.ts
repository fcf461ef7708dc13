import type { Hold } from "../../../contract/holds.ts";
import { isFrom } from "../../../store/holds.ts";
import type { RouteStore, StoredEntry } from "../../../store/store.ts";
import { ProblemError } from "../../problem.ts";
import { type HoldList, isOver, type ListedHold, untilIn } from "./hold-list.ts";

/** How often a hold is tried again because the sync wrote the entry meanwhile. */
const ROUNDS = 10;

export interface WantedHold extends Pick<Hold, "id" | "by" | "why"> {
  seconds: number;
}

/** Holds of accounts: in the entry, announced to edges, and listed for those that miss the announcement. Methods reject with a StoreError or a ProblemError. */
export interface AccountHolds {
  /** Begins a hold; the same one again has no second effect. */
  begin(entry: StoredEntry, wanted: WantedHold): Promise<Hold>;
  /** Has a hold last longer. */
  renew(entry: StoredEntry, wanted: WantedHold): Promise<Hold>;
  /** Ends the hold with this id (`*`: any; undefined: the caller's own), and announces that; returns the ids of those that were in force. */
  release(entry: StoredEntry, id: string | undefined, by: string): Promise<string[]>;
  /** Those in force, with their entries as they are. */
  inForce(): Promise<StoredEntry[]>;
  /** Ends those that nobody has released in time. */
  clearOver(): Promise<void>;
}

export function accountHolds(
  store: Pick<RouteStore, "get" | "swapHold" | "changes">,
  list: HoldList,
): AccountHolds {
  const announce = ({ uuid, account, logins, write }: StoredEntry): Promise<void> =>
    store.changes.append([{ kind: "route", uuid, account, names: logins, write }]);

  /** Replaces the hold by what `next` makes of the entry, which is read again while others write it. */
  const change = async (
    first: StoredEntry,
    next: (now: StoredEntry) => Promise<Hold | undefined>,
  ): Promise<StoredEntry> => {
    let now: StoredEntry | undefined = first;
    for (let round = 0; round < ROUNDS && now !== undefined; round++) {
      const hold = await next(now);
      const swapped = await store.swapHold(now, hold);
      if (swapped !== undefined) return swapped;
      now = await store.get(first.uuid);
    }
    throw now === undefined
      ? new ProblemError("unknown-user", "the entry was removed")
      : new ProblemError("overloaded", "the entry is being written all the time");
  };

  /** Lists the hold, then sets it; takes it off the list where it cannot be set. */
  const set = async (entry: StoredEntry, id: string, next: (now: StoredEntry) => Hold): Promise<Hold> => {
    let isListed = false;
    try {
      const held = await change(entry, async (now) => {
        const hold = next(now);
        await list.putEntry(entry.uuid, hold);
        isListed = true;
        return hold;
      });
      await announce(held);
      return held.hold as Hold;
    } catch (error) {
      if (isListed && error instanceof ProblemError) await list.removeEntry(entry.uuid, id);
      throw error;
    }
  };

  return {
    begin: (entry, { id, by, why, seconds }) =>
      set(entry, id, ({ hold: known, mailHost }) => {
        if (known?.id === id) return known;
        if (known !== undefined && !isOver(known)) throw alreadyHeld(known);
        if (!isFrom({ from: entry.mailHost }, mailHost))
          throw new ProblemError("hold-ended", `the mailbox has moved to ${mailHost.join(", ")} meanwhile`);
        return { id, gen: 0, by, why, from: entry.mailHost, until: untilIn(seconds) };
      }),

    async renew(entry, { id, why, seconds }) {
      if (entry.hold?.id !== id) throw hasEnded(entry);
      return set(entry, id, (now) => {
        const { hold: known } = now;
        if (known?.id !== id) throw hasEnded(now);
        return { ...known, why, gen: known.gen + 1, until: untilIn(seconds) };
      });
    },

    async release(entry, id, by) {
      const released: string[] = [];
      const leftovers = await list.entries(entry.uuid);
      const { hold } = entry;
      if (id !== undefined && id !== "*" && hold?.id !== id && !leftovers.some((one) => one.hold.id === id))
        throw hasEnded(entry);
      let now = entry;
      if (hold !== undefined) {
        now = await change(entry, async ({ hold: known }) => {
          const isMeant = id === "*" || known === undefined || known.id === (id ?? known.id);
          if (!isMeant) throw hasEnded(entry);
          if (id === undefined && known !== undefined && known.by !== by) throw alreadyHeld(known);
          return undefined;
        });
        released.push(hold.id);
      }
      // An earlier release may not have been announced.
      if (released.length + leftovers.length > 0) await announce(now);
      for (const one of leftovers) await list.removeEntry(one.uuid, one.hold.id);
      return released;
    },

    async inForce() {
      const listed = await list.entries();
      const entries = await Promise.all(listed.map(({ uuid }) => store.get(uuid)));
      return entries.filter((entry, at) => entry?.hold?.id === listed[at]?.hold.id) as StoredEntry[];
    },

    async clearOver() {
      for (const listed of await list.entries()) if (isOver(listed.hold)) await clear(listed);
    },
  };

  async function clear({ uuid, hold }: ListedHold): Promise<void> {
    const entry = await store.get(uuid);
    const known = entry?.hold?.id === hold.id ? entry.hold : undefined;
    // It was renewed: the list is behind.
    if (entry !== undefined && known !== undefined && !isOver(known)) return list.putEntry(uuid, known);
    if (entry !== undefined) {
      const cleared = known === undefined ? entry : await store.swapHold(entry, undefined);
      // Somebody else has written it: next time.
      if (cleared === undefined) return;
      // Whoever ended it may not have announced that.
      await announce(cleared);
    }
    await list.removeEntry(uuid, hold.id);
  }
}

const alreadyHeld = ({ id, by, until, why }: Hold): ProblemError =>
  new ProblemError("on-hold", `hold ${id} by ${by} until ${until}: ${why}`);

const hasEnded = ({ hold, mailHost }: StoredEntry): ProblemError =>
  new ProblemError(
    "hold-ended",
    hold === undefined
      ? `the account is not on hold; its mailbox is at ${mailHost.join(", ")}`
      : `another hold is in force: ${hold.id} by ${hold.by}`,
  );
