import { HOLD_MARGIN_SECONDS, Hold, StoreHold } from "../../../contract/holds.ts";
import type { ListStore } from "../../../store/lists.ts";

/** The list of holds: an item each, written before the hold and removed after it. */
const HOLDS = "HOLDS";
/** Items stay readable for this long after the end of their hold, in seconds: whoever clears it needs them. */
const KEPT_SECONDS = 86_400;

const ENTRY = "entry#";
const STORE = "store#";
const entryKey = (uuid: string, id: string): string => `${ENTRY}${uuid}#${id}`;

/** A hold of an account in the list: the entry may not have it yet, or not any more. */
export interface ListedHold {
  uuid: string;
  hold: Hold;
}

/** The list of holds. Every method rejects with a StoreError. */
export interface HoldList {
  /** Holds of accounts; of one, if its UUID is given. */
  entries(uuid?: string): Promise<ListedHold[]>;
  stores(): Promise<StoreHold[]>;
  putEntry(uuid: string, hold: Hold): Promise<void>;
  removeEntry(uuid: string, id: string): Promise<void>;
  putStore(hold: StoreHold): Promise<void>;
  removeStore(store: string): Promise<void>;
}

export const holdList = (lists: ListStore): HoldList => ({
  async entries(uuid) {
    const items = await lists.read(HOLDS, uuid === undefined ? ENTRY : `${ENTRY}${uuid}#`);
    return items.flatMap(({ key, value }) => {
      const hold = Hold.safeParse(value).data;
      return hold === undefined ? [] : [{ uuid: key.slice(ENTRY.length, -hold.id.length - 1), hold }];
    });
  },
  stores: async () =>
    (await lists.read(HOLDS, STORE)).flatMap(({ value }) => StoreHold.safeParse(value).data ?? []),
  putEntry: (uuid, hold) => lists.put(HOLDS, entryKey(uuid, hold.id), hold, secondsTo(hold) + KEPT_SECONDS),
  removeEntry: (uuid, id) => lists.remove(HOLDS, entryKey(uuid, id)),
  putStore: (hold) => lists.put(HOLDS, STORE + hold.store, hold, secondsTo(hold) + KEPT_SECONDS),
  removeStore: (store) => lists.remove(HOLDS, STORE + store),
});

const secondsTo = ({ until }: Pick<Hold, "until">): number =>
  Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000));

export const untilIn = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** Whether any API may clear it, or replace it by another. */
export const isOver = ({ until }: Pick<Hold, "until">): boolean =>
  Date.now() > Date.parse(until) + HOLD_MARGIN_SECONDS * 1000;
