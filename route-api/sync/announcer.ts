import type { Change } from "../contract/changes.ts";
import type { Feed, PutResult, StoredEntry } from "../store/store.ts";

/** Announces writes in the change feed, and keeps what could not be announced until it can. */
export interface Announcer {
  /** Runs a write, then announces the changes it returns. One at a time. */
  write(work: () => Promise<Change[]>): Promise<void>;
  /** Something was written that is not announced. */
  readonly owes: boolean;
  /** Announces what it owes. */
  settle(): Promise<void>;
}

/** Changes kept while the feed is unavailable; with more, "anything may have changed" is announced instead. */
const OWED_MAX = 10_000;
const ANYTHING: Change = { kind: "all" };

/** Owes "anything may have changed" at first if the last leader may not have announced all that it wrote. */
export function announcer(feed: Feed<Change>, wasLastClean: boolean): Announcer {
  let owed: Change[] = wasLastClean ? [] : [ANYTHING];
  /** A write has begun, and it is not known what came of it. */
  let isUnsure = false;
  const settle = async (): Promise<void> => {
    if (isUnsure || owed.length > OWED_MAX) owed = [ANYTHING];
    isUnsure = false;
    if (owed.length > 0) await feed.append(owed);
    owed = [];
  };
  return {
    async write(work) {
      if (isUnsure) await settle();
      isUnsure = true;
      const changes = await work();
      isUnsure = false;
      owed.push(...changes);
      await settle();
    },
    get owes() {
      return isUnsure || owed.length > 0;
    },
    settle,
  };
}

export function changeOfPut(result: PutResult): Change[] {
  if (result.did !== "wrote") return [];
  const { entry, names } = result;
  const former = names.filter((name) => !entry.logins.includes(name));
  return [changeOf(entry, names, former)];
}

export const changeOfRemoval = (entry: StoredEntry): Change => changeOf(entry, entry.logins, entry.logins);

const changeOf = ({ uuid, account, write }: StoredEntry, names: string[], former: string[]): Change => ({
  kind: "route",
  uuid,
  account,
  names,
  ...(former.length === 0 ? {} : { former }),
  write,
});
