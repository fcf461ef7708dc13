import { Hold } from "../contract/holds.ts";
import { type RouteEntry, type StoredEntry, StoreError } from "./store.ts";

/** The hold in a stored text. Throws StoreError. */
export function decodeHold(json: string): Hold {
  const read = Hold.safeParse(JSON.parse(json));
  if (read.success) return read.data;
  throw new StoreError("broken", `unreadable hold in the store: ${json.slice(0, 100)}`);
}

/** The hold that a write carries over: none where the mailbox has moved. */
export const carriedHold = (before: StoredEntry | undefined, { mailHost }: RouteEntry): Hold | undefined =>
  before?.hold !== undefined && isFrom(before.hold, mailHost) ? before.hold : undefined;

/** Whether the mailbox still is where it was when the hold began. */
export const isFrom = ({ from }: Pick<Hold, "from">, mailHost: readonly string[]): boolean =>
  from.length === mailHost.length && from.every((host, at) => host === mailHost[at]);

/** The entry with its hold, after the write with this number. */
export const withHold = ({ hold: _, ...entry }: StoredEntry, hold: Hold | undefined, write: number) => ({
  ...entry,
  write,
  ...(hold === undefined ? {} : { hold }),
});
