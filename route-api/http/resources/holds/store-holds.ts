import type { StoreHold } from "../../../contract/holds.ts";
import type { EdgesAsked } from "../../../contract/sessions.ts";
import { ProblemError } from "../../problem.ts";
import type { QuestionBoard } from "../questions/question-board.ts";
import type { WantedHold } from "./account-holds.ts";
import { type HoldList, isOver, untilIn } from "./hold-list.ts";

/** Holds of whole stores, which edges read anew when they are asked to. Methods reject with a StoreError or a ProblemError. */
export interface StoreHolds {
  inForce(): Promise<StoreHold[]>;
  begin(store: string, wanted: WantedHold): Promise<{ hold: StoreHold; edges: EdgesAsked }>;
  renew(store: string, wanted: WantedHold): Promise<{ hold: StoreHold; edges: EdgesAsked }>;
  /** As with accounts. */
  release(
    store: string,
    id: string | undefined,
    by: string,
  ): Promise<{ released: string[]; edges: EdgesAsked }>;
  /** Ends those that nobody has released in time. */
  clearOver(): Promise<void>;
}

export function storeHolds(list: HoldList, board: Pick<QuestionBoard, "ask">): StoreHolds {
  /** Edges were not told of everything. */
  let owes = false;
  const tell = async (): Promise<EdgesAsked> => {
    owes = true;
    const { edges } = await board.ask({ ask: "holds", selection: {}, id: crypto.randomUUID() });
    owes = false;
    return edges;
  };
  const find = async (store: string): Promise<StoreHold | undefined> =>
    (await list.stores()).find((hold) => hold.store === store);
  const set = async (hold: StoreHold): Promise<{ hold: StoreHold; edges: EdgesAsked }> => {
    await list.putStore(hold);
    return { hold, edges: await tell() };
  };

  return {
    inForce: () => list.stores(),

    async begin(store, { id, by, why, seconds }) {
      const known = await find(store);
      if (known?.id === id) return { hold: known, edges: await tell() };
      if (known !== undefined && !isOver(known)) throw alreadyHeld(known);
      return set({ id, by, why, store, until: untilIn(seconds) });
    },

    async renew(store, { id, why, seconds }) {
      const known = await find(store);
      if (known?.id !== id) throw hasEnded(store, known);
      return set({ ...known, why, until: untilIn(seconds) });
    },

    async release(store, id, by) {
      const known = await find(store);
      if (id !== undefined && id !== "*" && known?.id !== id) throw hasEnded(store, known);
      if (known !== undefined && id === undefined && known.by !== by) throw alreadyHeld(known);
      if (known !== undefined) await list.removeStore(store);
      // An earlier release may not have been told.
      return { released: known === undefined ? [] : [known.id], edges: await tell() };
    },

    async clearOver() {
      const over = (await list.stores()).filter(isOver);
      for (const { store } of over) await list.removeStore(store);
      if (over.length > 0 || owes) await tell();
    },
  };
}

const alreadyHeld = ({ store, id, by, until, why }: StoreHold): ProblemError =>
  new ProblemError("on-hold", `${store}: hold ${id} by ${by} until ${until}: ${why}`);

const hasEnded = (store: string, known: StoreHold | undefined): ProblemError =>
  new ProblemError(
    "hold-ended",
    known === undefined ? `${store} is not on hold` : `another hold is in force: ${known.id} by ${known.by}`,
  );
