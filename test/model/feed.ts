import type { Model, Step } from "./explore.ts";

/**
 * The change feed: items that expire, edges that read on behind their cursors, and look-ups by a copy of the table that
 * lags, as in a second region.
 */
export type FeedFault =
  | "learns an older route than it was told of"
  | "takes the next item for the one that follows"
  | "goes on at the end after a gap"
  | "lets the newest item expire";

export interface FeedScenario {
  entries: number;
  edges: number;
  writes: number;
  expiries: number;
  /** Of each entry at each edge. */
  lookUps: number;
}

interface FeedItem {
  number: number;
  id: number;
  /** Id of the item before. */
  previous: number;
  entry: number;
  /** The entry's write that it tells of. */
  write: number;
}

/** What an edge knows of an entry: the write that it has cached, that of an answer under way, the latest it was told of. */
interface Known {
  cached: number | null;
  answer: number | null;
  told: number;
  lookUps: number;
}

interface Edge {
  /** The last item that it has read. */
  cursor: { number: number; id: number };
  known: Known[];
}

export interface FeedState {
  /** For each entry its write number, and that of the copy which edges are answered from. */
  entries: { write: number; copy: number }[];
  /** Writes that are not announced yet. */
  owes: Pick<FeedItem, "entry" | "write">[];
  items: FeedItem[];
  /** Items so far, which are their ids. */
  appended: number;
  edges: Edge[];
  left: Pick<FeedScenario, "writes" | "expiries">;
}

export function feedModel(scenario: FeedScenario, fault?: FeedFault): Model<FeedState> {
  const has = (wanted: FeedFault): boolean => fault === wanted;
  const { writes, expiries, lookUps } = scenario;
  const all = Array.from({ length: scenario.entries }, (_, entry) => entry);

  const entrySteps = (state: FeedState, entry: number): Step<FeedState>[] => {
    const steps: Step<FeedState>[] = [];
    const { write = 0, copy = 0 } = state.entries[entry] ?? {};
    const set = (draft: FeedState, change: object): unknown =>
      Object.assign(draft.entries[entry] as object, change);
    if (state.left.writes > 0)
      steps.push([
        `entry ${entry} is written`,
        (draft) => {
          set(draft, { write: write + 1 });
          draft.owes.push({ entry, write: write + 1 });
          draft.left.writes--;
        },
      ]);
    if (copy < write) steps.push([`the copy has entry ${entry}`, (draft) => set(draft, { copy: copy + 1 })]);
    return steps;
  };

  const feedSteps = ({ entries, owes, items, left, appended }: FeedState): Step<FeedState>[] => {
    const steps: Step<FeedState>[] = [];
    const newest = items.at(-1);
    const [owed] = owes;
    if (owed !== undefined)
      steps.push([
        "a write is announced",
        (draft) => {
          const id = appended + 1;
          const place = { number: (newest?.number ?? 0) + 1, id, previous: newest?.id ?? 0 };
          draft.items.push({ ...place, ...owed });
          draft.owes.shift();
          draft.appended = id;
        },
      ]);
    const kept = has("lets the newest item expire") ? 0 : 1;
    const [oldest] = items;
    // Copies lag by seconds, and items are kept for a day.
    const isCopied = (entries[oldest?.entry ?? 0]?.copy ?? 0) >= (oldest?.write ?? 0);
    if (left.expiries > 0 && items.length > kept && isCopied)
      steps.push([
        "the oldest item expires",
        (draft) => {
          draft.items.shift();
          draft.left.expiries--;
        },
      ]);
    return steps;
  };

  const edgeSteps = (state: FeedState, at: number): Step<FeedState>[] => {
    const { cursor, known } = state.edges[at] as Edge;
    const steps: Step<FeedState>[] = [];
    const step = (name: string, change: (one: Edge) => void): void =>
      void steps.push([`edge ${at} ${name}`, (draft) => change(draft.edges[at] as Edge)]);
    const next = state.items.find(({ number }) => number > cursor.number);
    if (next !== undefined)
      step("reads on", (one) => {
        const isGap = next.previous !== cursor.id && !has("takes the next item for the one that follows");
        if (isGap) for (const each of one.known) each.cached = null;
        const isSkipped = isGap && has("goes on at the end after a gap");
        const { number, id, entry, write } = (isSkipped ? state.items.at(-1) : next) ?? next;
        one.cursor = { number, id };
        if (isSkipped) return;
        const told = one.known[entry] as Known;
        told.cached = null;
        told.told = Math.max(told.told, write);
      });
    for (const entry of all) {
      const { cached, answer, told, lookUps: left } = known[entry] as Known;
      if (answer !== null)
        step(`takes the answer for entry ${entry}`, ({ known }) => {
          const isNew = answer >= told || has("learns an older route than it was told of");
          Object.assign(known[entry] as Known, { answer: null, cached: isNew ? answer : null });
        });
      else if (cached === null && left > 0) {
        const { copy = 0 } = state.entries[entry] ?? {};
        // What is too old is asked for again, as often as it takes.
        const cost = copy >= told ? 1 : 0;
        step(`looks up entry ${entry}`, ({ known }) =>
          Object.assign(known[entry] as Known, { answer: copy, lookUps: left - cost }),
        );
      }
    }
    return steps;
  };

  return {
    initial: {
      entries: all.map(() => ({ write: 1, copy: 1 })),
      owes: [],
      items: [{ number: 1, id: 1, previous: 0, entry: 0, write: 1 }],
      appended: 1,
      edges: Array.from({ length: scenario.edges }, () => ({
        cursor: { number: 1, id: 1 },
        known: all.map(() => ({ cached: 1, answer: null, told: 1, lookUps })),
      })),
      left: { writes, expiries },
    },
    steps: (state) => [
      ...all.flatMap((entry) => entrySteps(state, entry)),
      ...feedSteps(state),
      ...state.edges.flatMap((_, at) => edgeSteps(state, at)),
    ],
    broken(_before, { entries, owes, items, edges, left }) {
      const isStoreAtRest =
        left.writes === 0 && owes.length === 0 && entries.every(({ write, copy }) => write === copy);
      if (!isStoreAtRest) return undefined;
      const isOld = ({ cached, answer }: Known, entry: number): boolean =>
        answer === null && cached !== null && cached < (entries[entry]?.write ?? 0);
      const isMisled = ({ cursor, known }: Edge): boolean =>
        !items.some(({ number }) => number > cursor.number) && known.some(isOld);
      return edges.some(isMisled) ? "at rest edges know what the store has" : undefined;
    },
  };
}
