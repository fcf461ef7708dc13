import type { Model, Step } from "./explore.ts";

/**
 * A hold of a whole store: an API puts it on the list and asks all edges to read the list; a release marks it, asks
 * again, and only then takes it off. Any other API does the rest where the first one has died.
 */
export type StoreHoldFault =
  | "acknowledges before it has read holds"
  | "goes on after a gap without reading holds"
  | "takes a hold off the list before edges are told"
  | "asks before the hold is on the list";

export interface StoreHoldScenario {
  edges: number;
  /** At each edge. */
  logins: number;
  /** The ASK feed forgets what it has. */
  expiries: number;
  apiCrashes: number;
}

interface Edge {
  /** The store is on hold, as far as it knows. */
  holds: boolean;
  /** Its place in the ASK feed, and the one that its last poll told. */
  asks: number;
  acknowledged: number;
  /** Length of the feed when the API has read it for the poll under way. */
  poll: number | null;
  /** It must read the list before its next poll. */
  needsHolds: boolean;
  logins: number;
}

type ApiAt = "idle" | "listed" | "asked" | "held" | "marked" | "told" | "ended" | "dead";

export interface StoreHoldState {
  list: "nothing" | "hold" | "released hold";
  /** Questions in the ASK feed so far; those before `forgotten` have expired. */
  asks: number;
  forgotten: number;
  edges: Edge[];
  /** Who holds and releases the store. */
  api: { at: ApiAt; question: number };
  /** Another API, which clears what is over: the place of its question once it has asked. */
  other: number | null;
  left: Pick<StoreHoldScenario, "expiries" | "apiCrashes">;
}

export function storeHoldModel(
  { edges, logins, expiries, apiCrashes }: StoreHoldScenario,
  fault?: StoreHoldFault,
): Model<StoreHoldState> {
  const has = (wanted: StoreHoldFault): boolean => fault === wanted;
  const edge: Edge = { holds: false, asks: 0, acknowledged: 0, poll: null, needsHolds: false, logins };

  const edgeSteps = (state: StoreHoldState, at: number): Step<StoreHoldState>[] => {
    const now = state.edges[at] as Edge;
    const steps: Step<StoreHoldState>[] = [];
    const step = (name: string, change: (one: Edge, state: StoreHoldState) => void): void =>
      void steps.push([`edge ${at} ${name}`, (draft) => change(draft.edges[at] as Edge, draft)]);
    if (!now.holds && now.logins > 0) step("begins a login", (one) => one.logins--);
    if (now.needsHolds)
      step("reads holds", (one, { list }) => {
        one.holds = list === "hold";
        one.needsHolds = false;
      });
    if (now.poll !== null)
      step("takes an answer", (one, { forgotten }) => {
        const read = one.poll ?? 0;
        const isGap = one.asks < forgotten;
        if (isGap ? !has("goes on after a gap without reading holds") : read > one.asks)
          one.needsHolds = true;
        one.asks = read;
        one.poll = null;
      });
    else if (!now.needsHolds || has("acknowledges before it has read holds"))
      step("polls", (one, { asks }) => {
        one.acknowledged = one.asks;
        one.poll = asks;
      });
    return steps;
  };

  const isComplete = ({ edges: all }: StoreHoldState, question: number): boolean =>
    all.every(({ acknowledged }) => acknowledged >= question);

  const apiSteps = (state: StoreHoldState): Step<StoreHoldState>[] => {
    const { api } = state;
    const steps: Step<StoreHoldState>[] = [];
    const step = (name: string, at: ApiAt, change: (state: StoreHoldState) => void): void =>
      void steps.push([
        `the API ${name}`,
        (draft) => {
          draft.api.at = at;
          change(draft);
        },
      ]);
    const ask = (draft: StoreHoldState): void => {
      draft.api.question = ++draft.asks;
    };
    const early = has("asks before the hold is on the list");
    switch (api.at) {
      case "idle":
        step(early ? "asks" : "lists the hold", "listed", (draft) => {
          if (early) ask(draft);
          else draft.list = "hold";
        });
        break;
      case "listed":
        step(early ? "lists the hold" : "asks", "asked", (draft) => {
          if (early) draft.list = "hold";
          else ask(draft);
        });
        break;
      case "asked":
        if (isComplete(state, api.question)) step("knows that all edges hold", "held", () => {});
        break;
      case "held": {
        const isEarly = has("takes a hold off the list before edges are told");
        step(isEarly ? "takes it off the list" : "marks it as released", "marked", (draft) => {
          draft.list = isEarly ? "nothing" : "released hold";
        });
        break;
      }
      case "marked":
        step("asks", "told", ask);
        break;
      case "told":
        // An edge that has not read the question yet will, or finds a gap.
        step("takes it off the list", "ended", (draft) => {
          draft.list = "nothing";
        });
        break;
      case "ended":
      case "dead":
        break;
      default:
        api.at satisfies never;
    }
    if (state.left.apiCrashes > 0 && !["idle", "ended", "dead"].includes(api.at))
      step("dies", "dead", (draft) => {
        draft.left.apiCrashes--;
      });
    return steps;
  };

  /** Where the first API is dead, its hold is over some time, and another one clears it. */
  const otherSteps = (state: StoreHoldState): Step<StoreHoldState>[] => {
    const { api, list, other } = state;
    if (api.at !== "dead" || list === "nothing") return [];
    const step = (name: string, change: (state: StoreHoldState) => void): Step<StoreHoldState>[] => [
      [name, change],
    ];
    if (list === "hold")
      return step("the hold's time is over", (draft) => {
        draft.list = "released hold";
      });
    if (other === null)
      return step("another API asks", (draft) => {
        draft.other = ++draft.asks;
      });
    return step("another API takes it off the list", (draft) => {
      draft.list = "nothing";
    });
  };

  return {
    initial: {
      list: "nothing",
      asks: 0,
      forgotten: 0,
      edges: Array.from({ length: edges }, () => edge),
      api: { at: "idle", question: 0 },
      other: null,
      left: { expiries, apiCrashes },
    },
    steps: (state) => [
      ...state.edges.flatMap((_, at) => edgeSteps(state, at)),
      ...apiSteps(state),
      ...otherSteps(state),
      ...(state.left.expiries > 0 && state.asks > state.forgotten
        ? [
            [
              "the ASK feed forgets",
              (draft: StoreHoldState) => {
                draft.forgotten = draft.asks;
                draft.left.expiries--;
              },
            ] as Step<StoreHoldState>,
          ]
        : []),
    ],
    complete({ edges: all }) {
      const order = (one: Edge): string => JSON.stringify(one);
      all.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    },
    broken(_before, { api, list, edges: all, asks }, step) {
      if (step.endsWith("begins a login") && api.at === "held" && list === "hold")
        return "no login goes to a store that all edges hold";
      const isQuiet = all.every((one) => !one.needsHolds && one.poll === null && one.asks === asks);
      if (list === "nothing" && isQuiet && all.some(({ holds }) => holds))
        return "no edge holds what is not on the list";
      return undefined;
    },
  };
}
