import type { Change, Changes } from "../../../contract/changes.ts";
import type { Question } from "../../../contract/questions.ts";
import type { FeedPage } from "../../../store/store.ts";
import type { FeedTail } from "./feed-tail.ts";

/** The two feeds that edges follow. */
export interface Tails {
  changes: Pick<FeedTail<Change>, "end" | "after" | "reread">;
  questions: Pick<FeedTail<Question>, "end" | "after">;
}

export interface PollOptions {
  /** Cursor in the change feed; undefined: its end, immediately. */
  after: string | undefined;
  /** Cursor in the feed of questions; empty: its end, immediately; undefined: no questions are wanted. */
  asks: string | undefined;
  waitMs: number;
  signal: AbortSignal;
}

/** Waits for what comes after the cursors, in either feed. Rejects with StoreError. */
export async function poll(tails: Tails, { after, asks, waitMs, signal }: PollOptions): Promise<Changes> {
  const { changes, questions } = tails;
  if (asks === undefined) {
    return response(after === undefined ? await changes.end() : await changes.after(after, waitMs, signal));
  }
  if (after === undefined || asks === "") {
    const asked = asks === "" ? await questions.end() : await questions.after(asks, 0, signal);
    return withQuestions(tails, after, asks, asked);
  }
  const either = new AbortController();
  const ended = AbortSignal.any([signal, either.signal]);
  const waits = [questions.after(asks, waitMs, ended), changes.after(after, waitMs, ended)] as const;
  await Promise.race(waits.map((wait) => wait.catch(() => {})));
  either.abort();
  const [asked, changed] = await Promise.all(waits);
  return asked.gap || asked.items.length > 0
    ? withQuestions(tails, after, asks, asked)
    : response(changed, asked);
}

/**
 * Whoever is asked something must know of every change that was made before: a hold is announced, then its account is
 * kicked. So changes are read after questions; and if there are more than one page, questions wait for the next poll.
 */
async function withQuestions(
  { changes }: Tails,
  after: string | undefined,
  asks: string,
  asked: FeedPage<Question>,
): Promise<Changes> {
  const changed = await changes.reread(after, asked.cursor);
  const isAll = isEnd(changed) || isEnd(await changes.reread(changed.cursor, asked.cursor));
  return response(changed, isAll ? asked : { cursor: asks, gap: false, items: [] });
}

const isEnd = ({ gap, items }: FeedPage<Change>): boolean => !gap && items.length === 0;

const response = ({ items, ...changed }: FeedPage<Change>, asked?: FeedPage<Question>): Changes => ({
  ...changed,
  changes: items,
  ...(asked === undefined ? {} : { asks: { cursor: asked.cursor, gap: asked.gap, questions: asked.items } }),
});
