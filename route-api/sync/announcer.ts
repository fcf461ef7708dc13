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
  /** What was to be written was in the table already: a leader that died may have written it and not announced it. */
  foundWritten(): void;
  /**
   * The table matches the directory. The first time after a leader that died, "anything may have changed" is announced
   * again if something was found written: that may have come after the first announcement.
   */
  level(): Promise<void>;
}

/** Changes kept while the feed is unavailable; with more, "anything may have changed" is announced instead. */
const OWED_MAX = 10_000;
const ANYTHING: Change = { kind: "all" };

/** Owes "anything may have changed" at first if the last leader may not have announced all that it wrote. */
export function announcer(feed: Feed<Change>, wasLastClean: boolean): Announcer {
  let owed: Change[] = wasLastClean ? [] : [ANYTHING];
  /** A write has begun, and it is not known what came of it. */
  let isUnsure = false;
  /** What the last leader wrote before it died may not be announced yet. */
  let lateWrites: "excluded" | "possible" | "found" = wasLastClean ? "excluded" : "possible";
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
    foundWritten() {
      if (lateWrites === "possible") lateWrites = "found";
    },
    async level() {
      if (lateWrites === "found") owed.push(ANYTHING);
      await settle();
      lateWrites = "excluded";
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
