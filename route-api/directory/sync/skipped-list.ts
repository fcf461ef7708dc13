import type { SkippedEntry } from "../../contract.ts";

/** Entries that cannot be used: all are counted, the first of them named. */
export interface SkippedList {
  add(skipped: SkippedEntry): void;
  /** The entry can be used, or is gone. */
  drop(place: string): void;
  /** A full reading has found these, and no others. */
  replace(list: SkippedList): void;
  readonly count: number;
  named(): SkippedEntry[];
  /** Every place that is known, at most KNOWN_MAX. */
  readonly known: ReadonlyMap<string, string>;
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
  return {
    add({ place, reason }) {
      const key = place.slice(0, TEXT_MAX);
      if (known.size < KNOWN_MAX || known.has(key)) known.set(key, reason.slice(0, TEXT_MAX));
      else beyond++;
    },
    drop: (place) => void known.delete(place.slice(0, TEXT_MAX)),
    replace(list) {
      known = new Map(list.known);
      beyond = list.count - known.size;
    },
    get count() {
      return known.size + beyond;
    },
    named: () => [...known].slice(0, SKIPPED_NAMED).map(([place, reason]) => ({ place, reason })),
    get known() {
      return known;
    },
  };
}
