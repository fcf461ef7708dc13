import { HISTORY_MAX, type PastSession } from "../../../route-api/contract/history.ts";
import type { AnswerTo } from "../../../route-api/contract/questions.ts";
import { isWithin, parseNetwork } from "../../guard/network.ts";
import type { EndedSession, SessionHistory } from "../session-history.ts";
import type { FailedLogin, SessionRecord } from "../session-record.ts";
import type { Selection } from "../session-selection.ts";
import { describeRecord } from "./list-sessions.ts";
import { withinBytes } from "./within-bytes.ts";

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
  const fits = ({ record }: EndedSession): boolean =>
    (account === undefined || isOf(record, account)) &&
    (network === undefined || isWithin(network, record.clientAddress));
  const told = withinBytes(described(edge, history.newestFirst(), fits), HISTORY_MAX);
  return told.length === 0 ? undefined : { ask: "history", sessions: told };
}

function* described(
  edge: string,
  sessions: Iterable<EndedSession>,
  fits: (ended: EndedSession) => boolean,
): Generator<PastSession> {
  for (const ended of sessions) if (fits(ended)) yield describe(edge, ended);
}

/** Whether the session was of the account, or tried to be. */
export const isOf = ({ account, login, failures = [] }: SessionRecord, name: string): boolean =>
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
  failures: (record.failures ?? []).map(describeFailure),
});

/** What support sees of a failed login. */
export const describeFailure = ({
  code,
  login,
  store,
  progress,
  detail,
}: FailedLogin): PastSession["failures"][number] => ({
  code,
  ...(login === undefined ? {} : { login }),
  ...(store === undefined ? {} : { store }),
  ...(progress === undefined ? {} : { progress }),
  ...(detail === undefined ? {} : { detail: detail.slice(0, DETAIL_CHARACTERS) }),
});
