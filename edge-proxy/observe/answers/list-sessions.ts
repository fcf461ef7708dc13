import { hostPortText } from "../../../route-api/contract/host-port.ts";
import type { AnswerTo } from "../../../route-api/contract/questions.ts";
import { SESSIONS_MAX, type SessionInfo, sessionCursor } from "../../../route-api/contract/sessions.ts";
import type { SessionRecord } from "../session-record.ts";
import type { LiveSession } from "../session-registry.ts";
import { type Selection, sessionFilter } from "../session-selection.ts";
import { withinBytes } from "./within-bytes.ts";

/** Sessions that fit are sorted whenever there are so many more than a page. */
const SORTED_AT = 4 * SESSIONS_MAX;

/** The newest sessions that fit the selection, behind its `cursor`, at most `limit`; undefined where none fits. */
export function listSessions(
  edge: string,
  sessions: Iterable<LiveSession>,
  selection: Selection,
): AnswerTo<"sessions"> | undefined {
  const fits = sessionFilter(selection);
  if (fits === undefined || (selection.edge !== undefined && selection.edge !== edge)) return undefined;
  const limit = Math.min(SESSIONS_MAX, Number(selection.limit ?? SESSIONS_MAX));
  const { cursor } = selection;
  let total = 0;
  let behind = 0;
  let page: Placed[] = [];
  for (const session of sessions) {
    if (!fits(session)) continue;
    total++;
    const placed = { session, place: placeOf(session) };
    if (cursor !== undefined && placed.place >= cursor) continue;
    behind++;
    page.push(placed);
    if (page.length >= SORTED_AT) page = newest(page, limit);
  }
  if (total === 0) return undefined;
  const told = withinBytes(
    newest(page, limit).map(({ session }) => describe(edge, session)),
    limit,
  );
  return { ask: "sessions", sessions: told, total, more: told.length < behind };
}

interface Placed {
  session: LiveSession;
  place: string;
}

const newest = (page: Placed[], limit: number): Placed[] =>
  page.sort((a, b) => (a.place < b.place ? 1 : -1)).slice(0, limit);

const sinceOf = ({ startedMs }: SessionRecord): string =>
  new Date(performance.timeOrigin + startedMs).toISOString();

const placeOf = ({ record }: LiveSession): string =>
  sessionCursor({ since: sinceOf(record), sid: record.sid });

const describe = (edge: string, { record, stage, traffic }: LiveSession): SessionInfo => ({
  ...describeRecord(edge, record),
  stage,
  bytesFromClient: traffic.fromClient,
  bytesFromStore: traffic.fromStore,
});

/** What support sees of a session. Every field is named here, so that no secret can slip in. */
export function describeRecord(
  edge: string,
  record: SessionRecord,
): Omit<SessionInfo, "stage" | "bytesFromClient" | "bytesFromStore"> {
  const { sid, instance, protocol, account, login, store, tls, mechanism } = record;
  return {
    sid,
    edge,
    instance,
    protocol,
    ...(account === undefined ? {} : { account }),
    ...(login === undefined ? {} : { login }),
    client: hostPortText(record.clientAddress, record.clientPort),
    ...(store === undefined ? {} : { store }),
    ...(tls === undefined ? {} : { tls }),
    ...(mechanism === undefined ? {} : { mechanism }),
    since: sinceOf(record),
  };
}
