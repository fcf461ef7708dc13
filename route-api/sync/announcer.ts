import type { Change } from "../contract/changes.ts";
import type { Feed, PutResult, StoredEntry } from "../store/store.ts";

/**
 * Announces writes in the change feed. If something was written but could not be announced, it owes: as soon as the feed
 * accepts it again, "anything may have changed" is announced.
 */
export interface Announcer {
  /** Runs a write, then announces the changes it returns. One at a time. */
  write(work: () => Promise<Change[]>): Promise<void>;
  readonly owes: boolean;
  /** If it owes, announces that anything may have changed. */
  settle(): Promise<void>;
}

export function announcer(feed: Feed<Change>, owesAtFirst: boolean): Announcer {
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

export const changeOfRemoval = ({ uuid, account, logins }: StoredEntry): Change => ({
  kind: "route",
  uuid,
  account,
  names: logins,
});
