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
  const tell = async (): Promise<EdgesAsked> =>
    (await board.ask({ ask: "holds", selection: {}, id: crypto.randomUUID() })).edges;
  const find = async (store: string): Promise<StoreHold | undefined> =>
    (await list.stores()).find((hold) => hold.store === store && !isOver(hold));
  const set = async (hold: StoreHold): Promise<{ hold: StoreHold; edges: EdgesAsked }> => {
    await list.putStore(hold);
    return { hold, edges: await tell() };
  };

  return {
    inForce: async () => (await list.stores()).filter((hold) => !isOver(hold)),

    async begin(store, { id, by, why, seconds }) {
      const known = await find(store);
      if (known?.id === id) return { hold: known, edges: await tell() };
      if (known !== undefined) throw alreadyHeld(known);
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
      if (known === undefined) return { released: [], edges: { asked: 0, answered: 0, silent: [] } };
      if (id === undefined && known.by !== by) throw alreadyHeld(known);
      // It stays on the list until edges have been told, so that somebody else does where this process cannot.
      await list.putStore({ ...known, until: new Date(0).toISOString() });
      const edges = await tell();
      await list.removeStore(store);
      return { released: [known.id], edges };
    },

    async clearOver() {
      const over = (await list.stores()).filter(isOver);
      if (over.length > 0) await tell();
      for (const { store } of over) await list.removeStore(store);
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
