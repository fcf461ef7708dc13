import type { Model, Step } from "./explore.ts";

/**
 * How a name leads to an entry in a store without transactions: pointers, entries, what an interrupted write left; two
 * writers of which one is paused at will, and consistent look-ups of one name.
 */
export type NamesFault =
  | "numbers writes by the clock, and deletes what is removed"
  | "looks at entries alone when it compares"
  | "reads once where a pointer leads to nobody";

/** What a writer does to an entry: gives it the name, takes it away, removes it, or compares it with the directory. */
export interface NamesTask {
  uuid: number;
  to: "named" | "unnamed" | "removed" | "compared";
}

export interface NamesScenario {
  /** What the entries are at first. */
  entries: ("named" | "unnamed" | "absent")[];
  /** For each writer what it does, in its order. */
  writers: NamesTask[][];
  lookUps: number;
  /** Pointers that get lost before the first writer begins. */
  losses: number;
}

interface Item {
  is: "named" | "unnamed" | "removed" | "absent";
  write: number;
  /** Its pointer is still to be removed. */
  isLeaving: boolean;
}

interface Writer {
  tasks: NamesTask[];
  /** What comes next, with what it has read of the entry and the number of its write. */
  at: "start" | "sweep old" | "put pointer" | "put entry" | "sweep" | "finish";
  seen: Item | null;
  number: number;
}

interface LookUp {
  /** Entries that pointers led to; null: not read yet. */
  pointers: number[] | null;
  reads: number;
  /** Nobody had the name at some moment since it began. */
  wasFree: boolean;
  answer: "found" | "unknown" | null;
}

export interface NamesState {
  items: Item[];
  /** For each entry the write number of the pointer from the name to it. */
  pointers: (number | null)[];
  writers: Writer[];
  lookUps: LookUp[];
  losses: number;
}

/** The clocks of the two writers in the time of an entry's first write. */
const CLOCKS = [60, 10];
const FIRST_WRITE = 50;
const READS_MAX = 2;

export function namesModel(scenario: NamesScenario, fault?: NamesFault): Model<NamesState> {
  const has = (wanted: NamesFault): boolean => fault === wanted;
  const byClock = has("numbers writes by the clock, and deletes what is removed");
  const numberOf = (writer: number, stored: number): number =>
    Math.max(stored, byClock ? (CLOCKS[writer] ?? 0) : FIRST_WRITE + writer * 10) + 1;

  const isOwned = ({ items, pointers }: NamesState): boolean =>
    items.some(({ is }, uuid) => is === "named" && pointers[uuid] !== null);

  const writerSteps = (state: NamesState, id: number): Step<NamesState>[] => {
    const now = state.writers[id] as Writer;
    const [task] = now.tasks;
    if (task === undefined) return [];
    const { uuid, to } = task;
    const { seen, number } = now;
    const step = (name: string, change: (one: Writer, draft: NamesState) => void): Step<NamesState>[] => [
      [`writer ${id} ${name} ${uuid}`, (draft) => change(draft.writers[id] as Writer, draft)],
    ];
    const done = (one: Writer): void => {
      Object.assign(one, { tasks: one.tasks.slice(1), at: "start", seen: null, number: 0 });
    };
    const sweep = (draft: NamesState, write: number): void => {
      if ((draft.pointers[uuid] ?? 0) <= write) draft.pointers[uuid] = null;
    };
    const isNew = (item: Item | null): boolean => to === "named" && item?.is !== "named";
    const isLost = seen?.is === "named" && to !== "named";

    switch (now.at) {
      case "start":
        return step("reads entry", (one, { items, pointers }) => {
          const item = items[uuid] as Item;
          if (to === "compared") {
            const looks = !has("looks at entries alone when it compares");
            if (looks && item.is === "named") pointers[uuid] ??= item.write;
            return done(one);
          }
          one.seen = item;
          one.number = numberOf(id, item.write);
          if (item.is === to || (to === "removed" && item.is === "absent")) {
            if (item.isLeaving) Object.assign(one, { at: "sweep", number: item.write });
            else done(one);
          } else if (item.isLeaving) one.at = "sweep old";
          else one.at = isNew(item) ? "put pointer" : "put entry";
        });
      case "sweep old":
        return step("sweeps what was left of entry", (one, draft) => {
          sweep(draft, seen?.write ?? 0);
          one.at = isNew(seen) ? "put pointer" : "put entry";
        });
      case "put pointer":
        return step("puts the pointer to entry", (one, { pointers }) => {
          if ((pointers[uuid] ?? 0) <= number) pointers[uuid] = number;
          one.at = "put entry";
        });
      case "put entry":
        return step("puts entry", (one, draft) => {
          const item = draft.items[uuid] as Item;
          const isStill = item.is === seen?.is && item.write === seen.write;
          if (!isStill) return void Object.assign(one, { at: "start", seen: null, number: 0 });
          draft.items[uuid] = { is: to as Item["is"], write: number, isLeaving: isLost };
          if (isLost) one.at = "sweep";
          else done(one);
        });
      case "sweep":
        return step("removes the old pointer to entry", (one, draft) => {
          sweep(draft, number);
          one.at = "finish";
        });
      case "finish":
        return step("has finished entry", (one, { items }) => {
          const item = items[uuid] as Item;
          if (item.write === number) {
            item.isLeaving = false;
            if (byClock && item.is === "removed") items[uuid] = { is: "absent", write: 0, isLeaving: false };
          }
          done(one);
        });
      default:
        return now.at satisfies never;
    }
  };

  const lookUpSteps = (state: NamesState, id: number): Step<NamesState>[] => {
    const { pointers, reads, answer } = state.lookUps[id] as LookUp;
    if (answer !== null) return [];
    if (pointers === null)
      return [
        [
          "a look-up reads pointers",
          (draft) => {
            const one = draft.lookUps[id] as LookUp;
            one.pointers = draft.pointers.flatMap((write, uuid) => (write === null ? [] : [uuid]));
            one.reads++;
            if (one.pointers.length === 0) one.answer = "unknown";
          },
        ],
      ];
    return [
      [
        "the look-up reads entries",
        (draft) => {
          const one = draft.lookUps[id] as LookUp;
          const isFound = pointers.some((uuid) => draft.items[uuid]?.is === "named");
          one.pointers = null;
          if (isFound) one.answer = "found";
          else if (reads >= READS_MAX || has("reads once where a pointer leads to nobody"))
            one.answer = "unknown";
        },
      ],
    ];
  };

  return {
    initial: {
      items: scenario.entries.map((is) => ({
        is,
        write: is === "absent" ? 0 : FIRST_WRITE,
        isLeaving: false,
      })),
      pointers: scenario.entries.map((is) => (is === "named" ? FIRST_WRITE : null)),
      writers: scenario.writers.map((tasks) => ({ tasks, at: "start", seen: null, number: 0 })),
      lookUps: Array.from({ length: scenario.lookUps }, () => ({
        pointers: null,
        reads: 0,
        wasFree: false,
        answer: null,
      })),
      losses: scenario.losses,
    },
    steps(state) {
      const isBegun = state.writers.some(
        ({ at, tasks }, id) => at !== "start" || tasks.length < (scenario.writers[id]?.length ?? 0),
      );
      const losses: Step<NamesState>[] =
        state.losses === 0 || isBegun
          ? []
          : [
              [
                "a pointer is lost",
                (draft) => {
                  draft.losses--;
                  draft.pointers[0] = null;
                },
              ],
            ];
      return [
        ...losses,
        ...state.writers.flatMap((_, id) => writerSteps(state, id)),
        ...state.lookUps.flatMap((_, id) => lookUpSteps(state, id)),
      ];
    },
    complete(draft) {
      const isFree = !isOwned(draft);
      for (const one of draft.lookUps) if (one.reads > 0 && isFree) one.wasFree = true;
    },
    broken(_before, after) {
      if (after.lookUps.some(({ answer, wasFree }) => answer === "unknown" && !wasFree))
        return "a name that somebody has all the time is found";
      const isAtRest = after.losses === 0 && after.writers.every(({ tasks }) => tasks.length === 0);
      const isLost = after.items.some(({ is }, uuid) => is === "named" && after.pointers[uuid] === null);
      return isAtRest && isLost ? "at rest every name leads to its entry" : undefined;
    },
  };
}
