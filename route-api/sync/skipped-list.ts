import type { SkippedEntry } from "../contract/sync-status.ts";

/** Entries that cannot be used: all are counted, the first of them named. */
export interface SkippedList {
  /** `uuid` where it is an entry's: by it the entry is taken off, whatever it is called by then. */
  add(skipped: SkippedEntry, uuid?: string): void;
  /** The entry can be used, or is gone; by its place too where an earlier leader has named it. */
  drop(uuid: string, place?: string): void;
  /** A full reading has found these, and no others. */
  replace(list: SkippedList): void;
  readonly count: number;
  named(): SkippedEntry[];
  /** Every place that is known, at most KNOWN_MAX, and whose it is. */
  readonly known: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, string>;
}

/** Entries that are named to the operator. */
export const SKIPPED_NAMED = 50;
/** Entries that are kept, so that one which can be used again is taken off; above that they are only counted. */
const KNOWN_MAX = 10_000;
/** Longest text of a place or a reason, in characters. */
const TEXT_MAX = 500;

export function skippedList(
  earlier: readonly SkippedEntry[] = [],
  earlierCount = earlier.length,
): SkippedList {
  let known = new Map(earlier.map(({ place, reason }) => [place, reason]));
  let beyond = Math.max(0, earlierCount - known.size);
  /** Of entries: UUID and place. */
  let places = new Map<string, string>();
  const drop = (uuid: string, place?: string): void => {
    for (const one of [places.get(uuid), place]) if (one !== undefined) known.delete(one.slice(0, TEXT_MAX));
    places.delete(uuid);
  };
  return {
    add({ place, reason }, uuid) {
      if (uuid !== undefined) drop(uuid);
      const key = place.slice(0, TEXT_MAX);
      if (known.size >= KNOWN_MAX && !known.has(key)) return void beyond++;
      known.set(key, reason.slice(0, TEXT_MAX));
      if (uuid !== undefined) places.set(uuid, key);
    },
    drop,
    replace(list) {
      known = new Map(list.known);
      places = new Map(list.places);
      beyond = list.count - known.size;
    },
    get count() {
      return known.size + beyond;
    },
    named: () => [...known].slice(0, SKIPPED_NAMED).map(([place, reason]) => ({ place, reason })),
    get known() {
      return known;
    },
    get places() {
      return places;
    },
  };
}
