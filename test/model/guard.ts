import type { Model, Step } from "./explore.ts";

/** The guard over removals: so many may go within its window; those that are held wait for the operator's release. */
export type GuardFault = "counts anew after a take-over" | "releases whatever is held by then";

export interface GuardScenario {
  entries: number;
  /** Removals within the window. */
  allowed: number;
  takeOvers: number;
}

export interface GuardState {
  /** What became of each entry. */
  entries: ("there" | "gone from the directory" | "held" | "removed" | "removed by release")[];
  /** Removals in the window, as the leader knows and as the notes say. */
  counted: number;
  noted: number;
  /** Entries that the operator has seen last, and ever, and those that are released. */
  shown: number[];
  seen: number[];
  released: number[];
  takeOvers: number;
}

export function guardModel(
  { entries, allowed, takeOvers }: GuardScenario,
  fault?: GuardFault,
): Model<GuardState> {
  return {
    initial: {
      entries: Array.from({ length: entries }, () => "there"),
      counted: 0,
      noted: 0,
      shown: [],
      seen: [],
      released: [],
      takeOvers,
    },
    steps(state) {
      const { counted, noted, shown, released } = state;
      const steps: Step<GuardState>[] = [];
      const held = state.entries.flatMap((is, entry) => (is === "held" ? [entry] : []));
      for (const [entry, is] of state.entries.entries()) {
        if (is === "there")
          steps.push([
            `entry ${entry} goes from the directory`,
            (draft) => (draft.entries[entry] = "gone from the directory"),
          ]);
        if (is === "gone from the directory" && held.length === 0 && counted < allowed)
          steps.push([
            `the sync removes entry ${entry}`,
            (draft) => {
              draft.entries[entry] = "removed";
              draft.counted = draft.noted = counted + 1;
            },
          ]);
        else if (is === "gone from the directory")
          steps.push([`the sync holds entry ${entry}`, (draft) => (draft.entries[entry] = "held")]);
        if (is === "held" && released.includes(entry))
          steps.push([
            `the sync removes entry ${entry}`,
            (draft) => (draft.entries[entry] = "removed by release"),
          ]);
      }
      if (held.length > 0) {
        steps.push([
          "the operator looks at what is held",
          (draft) => {
            draft.shown = held;
            draft.seen = [...new Set([...draft.seen, ...held])].sort();
          },
        ]);
        if (shown.length > 0)
          steps.push([
            "the operator releases",
            (draft) => (draft.released = fault === "releases whatever is held by then" ? held : shown),
          ]);
      }
      if (state.takeOvers > 0)
        steps.push([
          "another sync takes over",
          (draft) => {
            draft.takeOvers--;
            draft.counted = fault === "counts anew after a take-over" ? 0 : noted;
          },
        ]);
      return steps;
    },
    broken(_before, after) {
      if (after.entries.filter((is) => is === "removed").length > allowed)
        return "no more go than may within the window";
      const isShown = (entry: number): boolean => after.seen.includes(entry);
      if (after.entries.some((is, entry) => is === "removed by release" && !isShown(entry)))
        return "only what was shown is released";
      return undefined;
    },
  };
}
