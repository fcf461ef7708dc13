import type { Change } from "../contract/changes.ts";
import type { ChangeFeed, PutResult, RouteEntry } from "../store/store.ts";

/**
 * Tells edges of what is written. Where something was written and could not be told, it owes: then edges are told, as
 * soon as that can be done, that anything may have changed.
 */
export interface Announcer {
  /** Runs what writes, then tells of the changes that it gives. One at a time. */
  write(work: () => Promise<Change[]>): Promise<void>;
  readonly owes: boolean;
  /** Tells that anything may have changed, where it owes that. */
  settle(): Promise<void>;
}

export function announcer(feed: ChangeFeed, owesAtFirst: boolean): Announcer {
  let owes = owesAtFirst;
  return {
    async write(work) {
      const owed = owes;
      owes = true;
      const changes = await work();
      if (changes.length > 0) await feed.append(changes);
      owes = owed;
    },
    get owes() {
      return owes;
    },
    async settle() {
      if (owes) await feed.append([{ kind: "all" }]);
      owes = false;
    },
  };
}

export const changeOfPut = (result: PutResult): Change[] =>
  result.did === "wrote"
    ? [{ kind: "route", uuid: result.entry.uuid, account: result.entry.account, names: result.names }]
    : [];

export const changeOfRemoval = ({ uuid, account, logins }: RouteEntry): Change => ({
  kind: "route",
  uuid,
  account,
  names: logins,
});
