import type { Change, Changes } from "../../../../../../route-api/contract/changes.ts";
import type { FeedPage, RouteStore } from "../../../../../../route-api/store/store.ts";

/** A change of the account `name`. */
export const change = (name: string): Change => ({
  kind: "route",
  uuid: `u-${name}`,
  account: name,
  names: [name],
});

/** Accounts of the changes, "*" for any. */
export const namesOf = (answer: Changes | FeedPage<Change>): string[] =>
  ("items" in answer ? answer.items : answer.changes).map((each) =>
    each.kind === "route" ? each.account : "*",
  );

/** Counts the reads of the change feed. */
export function countReads({ changes }: Pick<RouteStore, "changes">): { count: number } {
  const counter = { count: 0 };
  const { after } = changes;
  changes.after = (cursor, limit) => {
    counter.count++;
    return after(cursor, limit);
  };
  return counter;
}
