import { HISTORY_MAX, type PastSession, REASON_NOT_KNOWN } from "../../../contract/history.ts";
import type { KeptLogin } from "../../../contract/kept-logins.ts";
import type { SessionInfo } from "../../../contract/sessions.ts";

/**
 * What edges remember and what the route store keeps as one list, newest first. A session that an edge tells of is shown
 * as the edge tells it, and a login that led to a live session not at all.
 */
export function mergePastSessions(
  remembered: readonly PastSession[],
  live: readonly Pick<SessionInfo, "sid">[],
  kept: readonly KeptLogin[],
): PastSession[] {
  const told = new Set(remembered.map(({ sid }) => sid));
  const alive = new Set(live.map(({ sid }) => sid));
  const news = kept.filter(
    ({ sid, failure }) => !told.has(sid) && (failure !== undefined || !alive.has(sid)),
  );
  const others = [...Map.groupBy(news, ({ sid }) => sid).values()].flatMap(pastSession);
  return [...remembered, ...others].sort((a, b) => (a.endedAt < b.endedAt ? 1 : -1)).slice(0, HISTORY_MAX);
}

/** What is kept of one session. */
function pastSession(logins: readonly KeptLogin[]): PastSession[] {
  const inOrder = logins.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const last = inOrder.at(-1);
  if (last === undefined) return [];
  const { network: _, failure: __, at: endedAt, ...session } = last;
  const failures = inOrder.flatMap(({ failure }) => failure ?? []);
  return [{ ...session, bytesFromClient: 0, bytesFromStore: 0, endedAt, reason: REASON_NOT_KNOWN, failures }];
}
