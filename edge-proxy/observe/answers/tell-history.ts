import { HISTORY_MAX, type PastSession } from "../../../route-api/contract/history.ts";
import { ANSWER_MAX_BYTES, type AnswerTo } from "../../../route-api/contract/questions.ts";
import { isWithin, parseNetwork } from "../../guard/network.ts";
import type { EndedSession, SessionHistory } from "../session-history.ts";
import type { SessionRecord } from "../session-record.ts";
import type { Selection } from "../session-selection.ts";
import { describeRecord } from "./list-sessions.ts";

/** Longest text of a failure that is told, in characters. */
const DETAIL_CHARACTERS = 500;

/** The latest sessions of an account or login name, or of a client network, that have ended; undefined where there are none. */
export function tellHistory(
  edge: string,
  history: Pick<SessionHistory, "newestFirst">,
  { account, client }: Selection,
): AnswerTo<"history"> | undefined {
  const network = client === undefined ? undefined : parseNetwork(client);
  if ((account === undefined && network === undefined) || (client !== undefined && network === undefined))
    return undefined;
  const sessions: PastSession[] = [];
  let bytes = 0;
  for (const ended of history.newestFirst()) {
    const { record } = ended;
    if (account !== undefined && !isOf(record, account)) continue;
    if (network !== undefined && !isWithin(network, record.clientAddress)) continue;
    const told = describe(edge, ended);
    bytes += Buffer.byteLength(JSON.stringify(told)) + 1;
    if (bytes > ANSWER_MAX_BYTES) break;
    sessions.push(told);
    if (sessions.length >= HISTORY_MAX) break;
  }
  return sessions.length === 0 ? undefined : { ask: "history", sessions };
}

/** Whether the session was of the account, or tried to be. */
const isOf = ({ account, login, failures = [] }: SessionRecord, name: string): boolean =>
  account?.toLowerCase() === name ||
  login?.toLowerCase() === name ||
  failures.some((failure) => failure.login?.toLowerCase() === name);

/** Every field is named here, so that no secret can slip in. */
const describe = (edge: string, { record, reason, endedMs }: EndedSession): PastSession => ({
  ...describeRecord(edge, record),
  bytesFromClient: record.bytesFromClient,
  bytesFromStore: record.bytesFromStore,
  endedAt: new Date(performance.timeOrigin + endedMs).toISOString(),
  reason,
  failures: (record.failures ?? []).map(({ code, login, store, progress, detail }) => ({
    code,
    ...(login === undefined ? {} : { login }),
    ...(store === undefined ? {} : { store }),
    ...(progress === undefined ? {} : { progress }),
    ...(detail === undefined ? {} : { detail: detail.slice(0, DETAIL_CHARACTERS) }),
  })),
});
