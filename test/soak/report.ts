import type { Measured } from "./measure.ts";

/** By how much anything may have grown, as a share of what it was. */
export const GROWTH_MAX = 0.02;
/** Fewer entries than this are within what comes and goes at any moment. */
const ENTRIES_FREE = 5;

export interface Row {
  what: string;
  before: number;
  after: number;
  /** In MiB, or a count. */
  unit: "MiB" | "";
  isLeak: boolean;
}

/** What has a bound of its own, and fills up to it. */
const BOUNDED = ["history", "questions"];

/** Every quantity before and after, and whether it has grown. */
export const rowsOf = (what: string, before: Measured, after: Measured): Row[] => [
  row(`${what}: memory`, before.memory, after.memory, "MiB", 0),
  // Part of the memory; by itself it moves by some MiB with the code that is compiled, and forgotten when it ages.
  row(`${what}: JavaScript heap`, before.heap, after.heap, "MiB", Number.POSITIVE_INFINITY),
  row(`${what}: descriptors`, before.descriptors, after.descriptors, "", ENTRIES_FREE),
  ...Object.keys(after.entries).map((of) => {
    const free = BOUNDED.includes(of) ? Number.POSITIVE_INFINITY : ENTRIES_FREE;
    return row(`${what}: ${of}`, before.entries[of] ?? 0, after.entries[of] ?? 0, "", free);
  }),
];

const row = (what: string, before: number, after: number, unit: Row["unit"], free: number): Row => ({
  what,
  before,
  after,
  unit,
  isLeak: after - before > Math.max(free, before * GROWTH_MAX),
});

const MIB = 1_048_576;
const shown = (value: number, unit: Row["unit"]): string =>
  unit === "MiB" ? `${(value / MIB).toFixed(1)} MiB` : value.toLocaleString("en-US");
const growth = ({ before, after }: Row): string =>
  before === 0 ? "" : `${(((after - before) / before) * 100).toFixed(1)} %`;

/** A line for each quantity; those of which there is nothing at either time are named in one. */
export function table(rows: readonly Row[]): string {
  const isThere = ({ before, after }: Row): boolean => before > 0 || after > 0;
  const nothing = rows.filter((each) => !isThere(each)).map(({ what }) => what);
  return [
    "| | Before | After | Growth |",
    "| --- | ---: | ---: | ---: |",
    ...rows
      .filter(isThere)
      .map(
        (each) =>
          `| ${each.what} | ${shown(each.before, each.unit)} | ${shown(each.after, each.unit)} | ${growth(each)} |`,
      ),
    ...(nothing.length === 0 ? [] : [`| ${nothing.join("; ")} | 0 | 0 | |`]),
  ].join("\n");
}
