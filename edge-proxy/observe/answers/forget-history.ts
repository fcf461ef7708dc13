import type { AnswerTo } from "../../../route-api/contract/questions.ts";
import type { SessionHistory } from "../session-history.ts";
import type { Selection } from "../session-selection.ts";
import { isOf } from "./tell-history.ts";

/** Forgets the ended sessions of an account, and its logins that were about to be kept; undefined where there are no sessions. */
export function forgetHistory(
  history: Pick<SessionHistory, "forget">,
  kept: { forget(account: string): void },
  { account }: Selection,
): AnswerTo<"forget"> | undefined {
  if (account === undefined) return undefined;
  kept.forget(account);
  const forgotten = history.forget((record) => isOf(record, account));
  return forgotten === 0 ? undefined : { ask: "forget", forgotten };
}
