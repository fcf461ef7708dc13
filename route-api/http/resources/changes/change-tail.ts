import type { Change } from "../../../contract/changes.ts";
import type { Consistency } from "../../../store/store.ts";
import { createFeedTail, type FeedTail, type FeedTailOptions } from "./feed-tail.ts";
import { createRecentNames } from "./recent-names.ts";

/** For at least this long after the feed named a login, look-ups of it are consistent, in milliseconds. */
const RECENT_MS = 5000;
/** What the tail knows about names is valid for this long after it last reached the end of the feed, in milliseconds. */
const KNOWLEDGE_MS = 250;

/** The reader of the change feed, which look-ups ask what may have changed a moment ago. */
export interface ChangeTail extends FeedTail<Change> {
  /** How a login must be looked up so that no change is missed that an edge may know of. */
  consistencyFor(login: string): Consistency;
}

export type ChangeTailOptions = Pick<
  FeedTailOptions<Change>,
  "feed" | "pollMs" | "onWrite" | "maxWaitMs" | "nowMs"
>;

export function createChangeTail(options: ChangeTailOptions): ChangeTail {
  const recent = createRecentNames(RECENT_MS, options.nowMs ?? (() => performance.now()));
  const tail = createFeedTail({
    ...options,
    onRead: (changes) => (changes === undefined ? recent.addAll() : recent.add(changes)),
  });
  return Object.assign(tail, {
    consistencyFor(login: string): Consistency {
      tail.wakeUp();
      return tail.endAgeMs() < KNOWLEDGE_MS && !recent.has(login) ? "eventual" : "consistent";
    },
  });
}
