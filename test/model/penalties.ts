import type { Model, Step } from "./explore.ts";

/**
 * One client's penalty, which edges announce to each other in the feed, and support lifts. Lifts and announcements are
 * read in one order, but an announcement may be under way when a lift comes, its edge may have started anew since, and
 * clocks jump.
 */
export type PenaltyFault =
  | "takes an announcement from before a lift"
  | "compares the clocks of two hosts"
  | "tells newcomers what was announced before a lift"
  | "takes no announcement after a lift"
  | "does not tell newcomers of lifts";

export interface PenaltyScenario {
  edges: number;
  /** Times that the client fails often at some edge. */
  attacks: number;
  lifts: number;
  restarts: number;
  /** Announcements that get lost. */
  losses: number;
  clockJumps: number;
}

/** What an edge says: that the client has failed often, or no longer counts. */
interface Announcement {
  from: number;
  isPenalty: boolean;
  /** Lifts that its edge had read when it counted: as it knows, and in truth. */
  lift: number;
  truth: number;
  /** By its edge's clock. */
  time: number;
}
type Item = { is: "lift"; time: number } | ({ is: "announcement" } & Announcement);

interface Edge {
  /** It has counted failures itself; others hear of that. */
  counts: boolean;
  /** Of failures that another edge has announced: the lifts that this had read in truth. */
  elsewhere: number | null;
  /** Items that it has read; the number of the last lift among those, 0 for none; the lift's time. */
  read: number;
  lift: number;
  liftTime: number;
  hasAnnounced: boolean;
  /** What it will send, and what is on its way. */
  waiting: Announcement | null;
  sent: Announcement | null;
  clock: number;
}

export interface PenaltyState {
  feed: Item[];
  edges: Edge[];
  left: Omit<PenaltyScenario, "edges">;
}

const liftsIn = (items: readonly Item[]): number => items.filter(({ is }) => is === "lift").length;

export function penaltyModel({ edges, ...left }: PenaltyScenario, fault?: PenaltyFault): Model<PenaltyState> {
  const isTaken = (item: Announcement, { lift, liftTime }: Pick<Edge, "lift" | "liftTime">): boolean => {
    switch (fault) {
      case "takes an announcement from before a lift":
        return true;
      case "compares the clocks of two hosts":
        return item.time >= liftTime;
      case "takes no announcement after a lift":
        return lift === 0;
      default:
        return item.lift >= lift;
    }
  };

  /** What an API that has read the whole feed tells an edge that starts. */
  const toldNewcomer = (feed: readonly Item[], edge: number): number | null => {
    let told: number | null = null;
    let lift = 0;
    for (const item of feed) {
      if (item.is === "lift") {
        lift++;
        told = null;
      } else if (!item.isPenalty) told = null;
      else if (item.lift >= lift || fault === "tells newcomers what was announced before a lift")
        told = item.from === edge ? null : item.truth;
    }
    return told;
  };

  const read = (edge: Edge, at: number, item: Item): void => {
    edge.read++;
    if (item.is === "lift") {
      edge.lift++;
      edge.liftTime = item.time;
      edge.elsewhere = null;
      edge.counts = false;
      // In place of what waits.
      if (edge.hasAnnounced) edge.waiting = announcement(edge, at, false, 0);
      edge.hasAnnounced = false;
    } else if (item.from !== at) {
      if (!item.isPenalty) edge.elsewhere = null;
      else if (isTaken(item, edge)) edge.elsewhere = item.truth;
    }
  };

  const announcement = (edge: Edge, from: number, isPenalty: boolean, truth: number): Announcement => ({
    from,
    isPenalty,
    lift: edge.lift,
    truth,
    time: edge.clock,
  });

  const edgeSteps = (state: PenaltyState, at: number): Step<PenaltyState>[] => {
    const now = state.edges[at] as Edge;
    const steps: Step<PenaltyState>[] = [];
    const step = (name: string, change: (edge: Edge, draft: PenaltyState) => void): void =>
      void steps.push([`edge ${at} ${name}`, (draft) => change(draft.edges[at] as Edge, draft)]);
    if (state.left.attacks > 0 && !now.counts)
      step("counts failures", (edge, draft) => {
        draft.left.attacks--;
        edge.counts = true;
        edge.hasAnnounced = true;
        edge.waiting = announcement(edge, at, true, liftsIn(draft.feed.slice(0, edge.read)));
      });
    if (now.waiting !== null && now.sent === null)
      step("sends", (edge) => {
        edge.sent = edge.waiting;
        edge.waiting = null;
      });
    if (now.sent !== null) {
      step("is heard", (edge, draft) => {
        if (edge.sent !== null) draft.feed.push({ is: "announcement", ...edge.sent });
        edge.sent = null;
      });
      if (state.left.losses > 0)
        step("is not heard", (edge, draft) => {
          draft.left.losses--;
          edge.sent = null;
        });
    }
    const item = state.feed[now.read];
    if (item !== undefined) step("reads", (edge) => read(edge, at, item));
    if (state.left.restarts > 0)
      step("starts anew", (edge, { feed, left: draft }) => {
        draft.restarts--;
        edge.counts = edge.hasAnnounced = false;
        edge.waiting = null;
        edge.lift = fault === "does not tell newcomers of lifts" ? 0 : liftsIn(feed);
        edge.liftTime = Math.max(0, ...feed.map((item) => (item.is === "lift" ? item.time : 0)));
        edge.read = feed.length;
        edge.elsewhere = toldNewcomer(feed, at);
      });
    if (state.left.clockJumps > 0)
      for (const by of [-10, 10])
        step(`has its clock jump by ${by}`, (edge, draft) => {
          draft.left.clockJumps--;
          edge.clock += by;
        });
    return steps;
  };

  return {
    initial: {
      feed: [],
      edges: Array.from({ length: edges }, () => ({
        counts: false,
        elsewhere: null,
        read: 0,
        lift: 0,
        liftTime: 0,
        hasAnnounced: false,
        waiting: null,
        sent: null,
        clock: 0,
      })),
      left,
    },
    steps: (state) => [
      ...state.edges.flatMap((_, at) => edgeSteps(state, at)),
      ...(state.left.lifts > 0
        ? [
            [
              "support lifts",
              (draft: PenaltyState) => {
                draft.left.lifts--;
                // Later than everything so far, by a clock that is right.
                draft.feed.push({ is: "lift", time: draft.feed.length + 1 });
                for (const edge of draft.edges) edge.clock += draft.feed.length + 1;
              },
            ] as Step<PenaltyState>,
          ]
        : []),
    ],
    broken(_before, { feed, edges: all, left: rest }) {
      for (const { elsewhere, read: count } of all)
        if (elsewhere !== null && elsewhere < liftsIn(feed.slice(0, count)))
          return "what was lifted does not come back";
      const isQuiet = all.every(
        ({ read: count, waiting, sent }) => count === feed.length && waiting === null && sent === null,
      );
      const isPerfect = rest.losses === left.losses && rest.restarts === left.restarts;
      if (isQuiet && isPerfect && all.some(({ counts }) => counts))
        for (const { counts, elsewhere } of all)
          if (!counts && elsewhere === null) return "at rest every edge knows who has failed";
      return undefined;
    },
  };
}
