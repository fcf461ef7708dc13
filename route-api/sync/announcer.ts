import type { Change } from "../contract/changes.ts";
import type { Feed, PutResult, RouteEntry, StoredEntry } from "../store/store.ts";

/** Announces writes in the change feed, and keeps what could not be announced until it can. */
export interface Announcer {
  /** Runs a write, then announces the changes it returns. One at a time. */
  write(work: () => Promise<Change[]>): Promise<void>;
  /** Something was written that is not announced. */
  readonly owes: boolean;
  /** Announces what it owes. */
  settle(): Promise<void>;
  /** The last leader died. What is found written already may be its last write, which nobody has announced. */
  readonly lastLeaderDied: boolean;
  /** Something was found written during a reading. */
  foundWritten(): void;
  /** The table matches the directory. The first time, if something was found written, "anything may have changed". */
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
  /** Writes of a leader that died, as the first reading finds them. */
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
    lastLeaderDied: !wasLastClean,
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

/** What was to be written and removed, and what came of it. */
interface Outcome {
  entries: readonly RouteEntry[];
  results: readonly PutResult[];
  gone: readonly { uuid: string }[];
  removed: readonly StoredEntry[];
}

/** What the table had already. Of entries that are gone only the UUID is known, by which edges find them. */
export function changesFoundWritten({ entries, results, gone, removed }: Outcome): Change[] {
  const wereThere = new Set(removed.map(({ uuid }) => uuid));
  const absent = gone.filter(({ uuid }) => !wereThere.has(uuid));
  return [
    ...entries
      .filter((_, at) => results[at]?.did === "nothing")
      .map(({ uuid, account, logins }): Change => ({ kind: "route", uuid, account, names: logins })),
    ...absent.map(({ uuid }): Change => ({ kind: "route", uuid, account: uuid, names: [] })),
  ];
}
