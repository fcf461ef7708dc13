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

/** Has every read of the change feed go through `through`; returns the way back. */
export function interceptReads(
  { changes }: Pick<RouteStore, "changes">,
  through: (read: () => Promise<FeedPage<Change>>) => Promise<FeedPage<Change>>,
): () => void {
  const { after, next } = changes;
  changes.after = (cursor, limit) => through(() => after(cursor, limit));
  changes.next = (cursor, limit) => through(() => next(cursor, limit));
  return () => void Object.assign(changes, { after, next });
}

/** Counts the reads of the change feed. */
export function countReads(store: Pick<RouteStore, "changes">): { count: number } {
  const counter = { count: 0 };
  interceptReads(store, (read) => {
    counter.count++;
    return read();
  });
  return counter;
}
