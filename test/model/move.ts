import type { Model, Step } from "./explore.ts";

/**
 * A move of one account from store A to store B, by holds and questions: movers hold it, have every edge kick it, copy
 * the mailbox, change the directory; the sync's put then drops the hold. Edges poll both feeds, may crash and come back
 * with the routes that they had.
 */
export type MoveFault =
  | "acknowledges a gap without reading holds"
  | "polls on while a login of a held account is in flight"
  | "leaves logins in flight alone at a kick"
  | "takes a silent edge for a dead one"
  | "logs in by routes of an earlier run before it has read holds"
  | "reads changes before questions"
  | "asks before it has announced the hold"
  | "clears a hold without a margin"
  | "forgets which questions it has answered"
  | "puts an entry over a hold that came meanwhile"
  | "keeps a hold whose host has changed"
  | "holds an account that another holds"
  | "removes a hold from the list that is another's";

/** How often things may happen that would make the graph infinite. */
export interface MoveScenario {
  edges: number;
  movers: number;
  /** At each edge. */
  logins: number;
  edgeCrashes: number;
  moverCrashes: number;
  /** Questions a mover asks at most. */
  rounds: number;
  /** The ASK feed forgets what it has. */
  expiries: number;
  /** A question is appended twice, since the answer to the first time was lost. */
  repeats: number;
  /** The directory changes something else of the entry. */
  touches: number;
  renewals: number;
}

type Host = "A" | "B";
interface Route {
  host: Host;
  held: boolean;
}

interface Edge {
  up: boolean;
  /** Its heartbeat has not expired. */
  listed: boolean;
  /** What it has cached. */
  route: Route | null;
  /** What the API has read for its look-up. */
  answer: Route | null;
  login: { host: Host; kicked: boolean } | null;
  session: Host | null;
  /** There are changes that it has not heard of. */
  isBehind: boolean;
  /** Its place in the ASK feed, and the one that its last poll told. */
  asks: number;
  acknowledged: number;
  /** What the API reads first for the poll under way: one of the feeds. */
  poll: { asks: number; isBehind: boolean } | null;
  /** It may not poll before it has read HOLDS. */
  needsHolds: boolean;
  /** Length of the ASK feed when it began. */
  began: number;
  /** Questions that it has answered: id → logins that it still had then. */
  answers: Record<string, number>;
  /** One of them took effect a second time. */
  isTwice: boolean;
  logins: number;
}

interface Mover {
  at: "idle" | "listed" | "held" | "announced" | "asked" | "copying" | "ended";
  /** Place of its last question in the ASK feed, and its rounds. */
  question: number;
  rounds: number;
}

export interface MoveState {
  directory: { host: Host; touch: number };
  /** `hold` is the id of the mover whose it is. */
  entry: { host: Host; touch: number; hold: number | null };
  /** "due": the hold's `until` has passed; "over": so has the margin. */
  time: "valid" | "due" | "over";
  /** HOLDS: ids of holds. */
  holds: number[];
  /** The ASK feed: ids of questions; those before `forgotten` have expired. */
  asks: string[];
  forgotten: number;
  edges: Edge[];
  movers: Mover[];
  /** What the sync has read before its put, and whether the entry was written since. */
  read: { hold: number | null; isOld: boolean } | null;
  left: Pick<MoveScenario, "edgeCrashes" | "moverCrashes" | "expiries" | "repeats" | "touches" | "renewals">;
}

const FROM = "A";

export function moveModel(scenario: MoveScenario, fault?: MoveFault): Model<MoveState> {
  const has = (wanted: MoveFault): boolean => fault === wanted;
  const edge: Edge = {
    up: true,
    listed: true,
    route: { host: FROM, held: false },
    answer: null,
    login: null,
    session: null,
    isBehind: false,
    asks: 0,
    acknowledged: 0,
    poll: null,
    needsHolds: false,
    began: 0,
    answers: {},
    isTwice: false,
    logins: scenario.logins,
  };
  const { edgeCrashes, moverCrashes, expiries, repeats, touches, renewals } = scenario;

  /** Ends sessions, and marks logins so that they end. */
  const kick = (one: Edge): void => {
    one.session = null;
    if (one.login !== null && !has("leaves logins in flight alone at a kick")) one.login.kicked = true;
  };
  const announce = ({ edges }: MoveState): void => {
    for (const one of edges) one.isBehind = true;
  };
  const write = (state: MoveState, change: Partial<MoveState["entry"]>): void => {
    Object.assign(state.entry, change);
    if (state.read !== null) state.read.isOld = true;
  };

  const take = (one: Edge, state: MoveState): void => {
    if (one.poll === null) return;
    const isAsksFirst = !has("reads changes before questions");
    const asks = isAsksFirst ? one.poll.asks : state.asks.length;
    const isNews = isAsksFirst ? one.isBehind : one.poll.isBehind;
    one.poll = null;
    if (isNews) {
      one.isBehind = false;
      // A look-up under way is overtaken: it is made again.
      one.route = one.answer = null;
    }
    if (one.asks < state.forgotten) one.needsHolds = !has("acknowledges a gap without reading holds");
    else for (const id of state.asks.slice(one.asks, asks)) answer(one, id);
    one.asks = asks;
  };
  const answer = (one: Edge, id: string): void => {
    if (id in one.answers && !has("forgets which questions it has answered")) return;
    one.isTwice ||= id in one.answers;
    kick(one);
    one.answers[id] = one.login?.kicked === true ? 1 : 0;
  };

  const edgeSteps = (state: MoveState, at: number): Step<MoveState>[] => {
    const now = state.edges[at] as Edge;
    const steps: Step<MoveState>[] = [];
    const step = (name: string, change: (one: Edge, state: MoveState) => void): void =>
      void steps.push([`edge ${at} ${name}`, (draft) => change(draft.edges[at] as Edge, draft)]);
    if (!now.up) {
      if (now.listed) step("is taken for dead", (one) => (one.listed = false));
      step("starts", (one, { asks }) => {
        Object.assign(one, { up: true, listed: true, needsHolds: true, isBehind: false });
        one.began = one.asks = asks.length;
      });
      return steps;
    }
    const { route, login } = now;
    const mayLogIn = !now.needsHolds || has("logs in by routes of an earlier run before it has read holds");
    if (login !== null)
      step("ends a login", (one) => {
        if (!login.kicked) one.session = login.host;
        one.login = null;
      });
    else if (route?.held === false && now.session === null && now.logins > 0 && mayLogIn)
      step("begins a login", (one) => {
        one.login = { host: route.host, kicked: false };
        one.logins--;
      });
    if (now.answer !== null)
      step("learns a route", (one) => {
        one.route = one.answer;
        one.answer = null;
      });
    else if (route === null && now.logins > 0)
      step("looks up", (one, { entry }) => {
        one.answer = { host: entry.host, held: entry.hold !== null };
      });
    if (now.poll !== null) step("takes an answer", take);
    else if (!now.needsHolds)
      step("polls", (one, { asks }) => {
        one.acknowledged = one.asks;
        one.poll = { asks: asks.length, isBehind: one.isBehind };
      });
    else
      step("reads holds", (one, { entry, holds }) => {
        if (entry.hold !== null && holds.includes(entry.hold)) {
          one.route = one.answer = null;
          kick(one);
        }
        one.needsHolds =
          one.login?.kicked === true && !has("polls on while a login of a held account is in flight");
      });
    if (state.left.edgeCrashes > 0)
      step("crashes", (one, { left }) => {
        const { route, logins } = one;
        Object.assign(one, { ...edge, up: false, route, logins });
        left.edgeCrashes--;
      });
    return steps;
  };

  /** Every edge that is not taken for dead has polled at or behind the question, and had nothing left. */
  const isComplete = ({ edges, asks }: MoveState, { question }: Mover): "no" | "left" | "yes" => {
    const id = asks[question - 1] ?? "";
    const heard = edges.map(
      ({ listed, began, acknowledged }) => !listed || acknowledged >= question || began >= question,
    );
    if (!heard.every(Boolean) && !(heard.includes(true) && has("takes a silent edge for a dead one")))
      return "no";
    return edges.some(({ listed, answers }) => listed && (answers[id] ?? 0) > 0) ? "left" : "yes";
  };

  const moverSteps = (state: MoveState, id: number): Step<MoveState>[] => {
    const now = state.movers[id] as Mover;
    const steps: Step<MoveState>[] = [];
    const step = (name: string, change: (one: Mover, state: MoveState) => void): void =>
      void steps.push([`mover ${id} ${name}`, (draft) => change(draft.movers[id] as Mover, draft)]);
    const unlist = (state: MoveState): void => {
      const isMine = (one: number): boolean =>
        one === id || has("removes a hold from the list that is another's");
      state.holds = state.holds.filter((one) => !isMine(one));
    };
    const isHeld = state.entry.hold === id;
    switch (now.at) {
      case "idle":
        step("lists its hold", (one, { holds }) => {
          holds.push(id);
          one.at = "listed";
        });
        break;
      case "listed":
        step("holds the account", (one, draft) => {
          const isFree = draft.entry.hold === null || has("holds an account that another holds");
          if (isFree && draft.entry.host === FROM) {
            write(draft, { hold: id });
            draft.time = "valid";
            one.at = "held";
          } else {
            unlist(draft);
            one.at = "ended";
          }
        });
        break;
      case "held":
        if (has("asks before it has announced the hold")) {
          step("asks", ask);
          break;
        }
        step("announces the hold", (one, draft) => {
          announce(draft);
          one.at = "announced";
        });
        break;
      case "announced":
        step("asks", ask);
        break;
      case "asked": {
        const complete = isComplete(state, now);
        if (complete === "yes" && isHeld && state.time === "valid")
          step("copies", (one) => (one.at = "copying"));
        if (complete === "left" && now.rounds < scenario.rounds) step("asks", ask);
        break;
      }
      case "copying":
        if (state.time === "valid")
          step("changes the directory", (one, draft) => {
            draft.directory.host = "B";
            one.at = "ended";
          });
        else step("runs out of time", (one) => (one.at = "ended"));
        if (isHeld && state.time === "due" && state.left.renewals > 0)
          step("renews its hold", (_one, draft) => {
            draft.time = "valid";
            write(draft, {});
            draft.left.renewals--;
          });
        break;
      case "ended":
        break;
      default:
        now.at satisfies never;
    }
    if (state.left.moverCrashes > 0 && now.at !== "idle" && now.at !== "ended")
      step("crashes", (one, { left }) => {
        one.at = "ended";
        left.moverCrashes--;
      });
    return steps;

    function ask(one: Mover, draft: MoveState): void {
      one.rounds++;
      draft.asks.push(`${id}.${one.rounds}`);
      one.question = draft.asks.length;
      one.at = "asked";
    }
  };

  const syncSteps = ({ entry, directory, read }: MoveState): Step<MoveState>[] => {
    if (read === null)
      return entry.host === directory.host && entry.touch === directory.touch
        ? []
        : [
            [
              "the sync reads the entry",
              (draft) => {
                draft.read = { hold: entry.hold, isOld: false };
              },
            ],
          ];
    return [
      [
        "the sync puts the entry",
        (draft) => {
          draft.read = null;
          if (read.isOld && !has("puts an entry over a hold that came meanwhile")) return;
          const isMoved = directory.host !== FROM;
          const hold = isMoved && !has("keeps a hold whose host has changed") ? null : read.hold;
          write(draft, { ...directory, hold });
          announce(draft);
        },
      ],
    ];
  };

  const timeSteps = (state: MoveState): Step<MoveState>[] => {
    const { entry, time, movers, left, asks, forgotten, directory } = state;
    const steps: Step<MoveState>[] = [];
    const { hold } = entry;
    if (hold !== null) {
      // Who copies looks at the clock far more often than the margin is long.
      const mayBeOver = movers[hold]?.at !== "copying" || has("clears a hold without a margin");
      if (time === "valid") steps.push(["the hold's time passes", (draft) => (draft.time = "due")]);
      if (time === "due" && mayBeOver) steps.push(["the margin passes", (draft) => (draft.time = "over")]);
      // The sync is behind by seconds, a hold lasts for minutes: a change of the directory arrives within it.
      if (time === "over" && directory.host === entry.host)
        steps.push([
          "an API clears the hold",
          (draft) => {
            write(draft, { hold: null });
            draft.holds = draft.holds.filter((id) => id !== hold);
            announce(draft);
          },
        ]);
    }
    if (left.expiries > 0 && asks.length > forgotten)
      steps.push([
        "the ASK feed forgets",
        (draft) => {
          draft.forgotten = asks.length;
          draft.left.expiries--;
        },
      ]);
    const last = asks.at(-1);
    if (left.repeats > 0 && last !== undefined)
      steps.push([
        "a question is appended again",
        (draft) => {
          draft.asks.push(last);
          draft.left.repeats--;
        },
      ]);
    if (left.touches > 0)
      steps.push([
        "the directory changes something else",
        (draft) => {
          draft.directory.touch = directory.touch + 1;
          draft.left.touches--;
        },
      ]);
    return steps;
  };

  return {
    initial: {
      directory: { host: FROM, touch: 0 },
      entry: { host: FROM, touch: 0, hold: null },
      holds: [],
      asks: [],
      forgotten: 0,
      edges: Array.from({ length: scenario.edges }, () => edge),
      movers: Array.from({ length: scenario.movers }, () => ({ at: "idle", question: 0, rounds: 0 })),
      time: "valid",
      read: null,
      left: { edgeCrashes, moverCrashes, expiries, repeats, touches, renewals },
    },
    steps: (state) => [
      ...state.edges.flatMap((_, at) => edgeSteps(state, at)),
      ...state.movers.flatMap((_, id) => moverSteps(state, id)),
      ...syncSteps(state),
      ...timeSteps(state),
    ],
    complete({ edges }) {
      const order = (one: Edge): string => JSON.stringify(one);
      edges.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    },
    broken(before, { entry, edges, movers }, step) {
      const copying = movers.findIndex(({ at }) => at === "copying");
      const isThere = ({ session, login }: Edge): boolean => session === FROM || login?.host === FROM;
      if (copying >= 0 && edges.some(isThere)) return "I1";
      if (movers.some(({ at }, id) => at === "copying" && entry.hold !== id)) return "I2";
      if (entry.hold !== null && entry.host !== FROM) return "I3";
      if (edges.some(({ isTwice }) => isTwice)) return "I4";
      if (step.endsWith(" copies")) {
        const { question = 0 } = movers[copying] ?? {};
        const hasHeard = ({ up, asks, began }: Edge): boolean => !up || began >= question || asks >= question;
        if (!edges.every(hasHeard)) return "I5";
      }
      const isOther = entry.hold !== before.entry.hold;
      if (step === "the sync puts the entry" && isOther && entry.host === FROM) return "I6";
      return undefined;
    },
  };
}
