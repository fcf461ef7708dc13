import type { SkippedEntry } from "../contract/sync-status.ts";

/** Unusable entries: all are counted, the first ones are named. */
export interface SkippedList {
  /** `uuid` if known: it identifies the entry for `drop`, even after a rename. */
  add(skipped: SkippedEntry, uuid?: string): void;
  /** The entry is usable now, or gone; `place` finds it if an earlier leader listed it. */
  drop(uuid: string, place?: string): void;
  /** A full read found exactly these. */
  replace(list: SkippedList): void;
  readonly count: number;
  named(): SkippedEntry[];
  /** Known places with their reasons, at most KNOWN_MAX; and places by UUID. */
  readonly known: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, string>;
}

/** Entries that are shown to the operator. */
export const SKIPPED_NAMED = 50;
/** Entries remembered, so that they can be dropped when they become usable; further ones are only counted. */
const KNOWN_MAX = 10_000;
/** Longest place or reason, in characters. */
const TEXT_MAX = 500;

export function skippedList(
  earlier: readonly SkippedEntry[] = [],
  earlierCount = earlier.length,
): SkippedList {
  let known = new Map(earlier.map(({ place, reason }) => [place, reason]));
  let beyond = Math.max(0, earlierCount - known.size);
  /** Places by UUID. */
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
