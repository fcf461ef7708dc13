import { type Csns, csnsOfCookie, joinCookies, joined, withoutServer } from "../csn.ts";
import { DirectoryError } from "../directory-error.ts";
import type { LdapMessage } from "../ldap/message.ts";
import { noticeError, searchError } from "../ldap/search.ts";
import { type SyncInfo, SyncRequestControl } from "../ldap/sync-controls.ts";
import type { SearchQuery, Wire } from "../ldap/wire.ts";
import type { AsOf, DirectoryEvent } from "../source.ts";
import { requireSameIdentifier } from "./identifier.ts";
import { lagWatch } from "./lag-watch.ts";

export interface SyncreplOptions {
  wire: Wire;
  query: SearchQuery;
  /** By which full reads identify entries. */
  uuidAttribute: string;
  /** DN of the entry with contextCSN. */
  context: string;
  /** What the server had applied when the connection was made; undefined if it has no CSNs. */
  csns: Csns | undefined;
  /** How often contextCSN is read, in milliseconds. */
  probeMs: number;
  /** Time limit for that answer, in milliseconds. */
  silenceMs: number;
  /** Called with the reason when the cookie is discarded. */
  onRefused(reason: string): void;
}

/** e-syncRefreshRequired (RFC 4533, section 2.6). */
const SYNC_REFRESH_REQUIRED = 4096;
/** Results for a cookie that the server does not know: protocolError, unwillingToPerform, other. */
const COOKIE_REFUSED = [2, 53, 80, SYNC_REFRESH_REQUIRED];

/**
 * Reports changes by content synchronization, refreshAndPersist (RFC 4533, section 3.4). Cursors are cookies in base64.
 * If the server rejects or cannot read the cookie, everything is read again. Throws DirectoryError.
 */
export async function* syncreplEvents(
  options: SyncreplOptions,
  cookie: string | undefined,
): AsyncGenerator<DirectoryEvent> {
  let resume = usableCookie(cookie);
  if (cookie !== undefined && resume === undefined) options.onRefused("cookie without a CSN");
  for (;;) {
    const refused = yield* session(options, resume);
    options.onRefused(refused);
    resume = undefined;
  }
}

/** OpenLDAP treats a cookie without a CSN as the beginning of time, and then reports no deletions. */
function usableCookie(mark: string | undefined): Buffer | undefined {
  if (mark === undefined) return undefined;
  const cookie = Buffer.from(mark, "base64");
  if (!cookie.toString("latin1").startsWith("rid=")) return cookie;
  return csnsOfCookie(cookie).size === 0 ? undefined : withoutServer(cookie);
}

const ARRIVAL: AsOf = { by: "arrival" };

/** One search; returns the reason if the server rejects the cookie. */
async function* session(
  { wire, query, uuidAttribute, context, csns: atStart, probeMs, silenceMs }: SyncreplOptions,
  cookie: Buffer | undefined,
): AsyncGenerator<DirectoryEvent, string> {
  const id = wire.search(query, [new SyncRequestControl(cookie)]);
  const lag = lagWatch(wire, context, { probeMs, silenceMs });
  let phase: "refresh" | "persist" = "refresh";
  let known = cookie;
  let isIdentifierKnown = false;
  /** What all that was reported so far includes. */
  let csns = atStart;
  const asOf = (): AsOf => (csns === undefined ? ARRIVAL : { by: "csns", csns });
  yield { is: "refreshing", asOf: asOf() };

  for (;;) {
    const messages = await wire.read(lag.waitMs());
    if (messages.length === 0) lag.onSilence();
    for (const message of messages) {
      if (message.is === "notice") throw noticeError(wire.url, message.text);
      if (message.is === "other") continue;
      if (message.id === lag.id) {
        const now = lag.onAnswer(message);
        if (now !== undefined && phase === "persist") yield { is: "lag", ...now };
      }
      if (message.id !== id) continue;
      if (message.is === "done") {
        if (cookie !== undefined && phase === "refresh" && COOKIE_REFUSED.includes(message.result)) {
          return `result ${message.result}: ${message.text}`;
        }
        // Only after a refresh: a server that always asks for a new one would otherwise be asked for ever.
        if (message.result === SYNC_REFRESH_REQUIRED && phase === "persist") return message.text;
        if (message.result !== 0) throw searchError(wire.url, query.base, message);
        throw new DirectoryError("closed", `${wire.url}: the server ended the search unexpectedly`);
      }
      if (message.is === "reference") {
        yield { is: "reference" };
        continue;
      }
      const said = message.is === "entry" ? message.sync?.cookie : message.info.cookie;
      const told = said?.length === 0 ? undefined : said;
      const before = asOf();
      const isReported = phase === "persist" || (message.is === "info" && message.info.says === "phase");
      if (isReported && told !== undefined && csns !== undefined) csns = joined(csns, csnsOfCookie(told));
      // What is gone may be an entry that this server has reported last; without a cookie only the order of arrival tells.
      if (message.is === "entry") {
        const event = entryEvent(wire.url, message, before, told === undefined ? ARRIVAL : asOf(), told);
        if (event.is === "entry" && event.entry.fault === undefined && !isIdentifierKnown) {
          requireSameIdentifier(wire.url, event.entry, uuidAttribute);
          isIdentifierKnown = true;
        }
        yield event;
      } else if (message.info.says === "ids") yield idsEvent(message.info, asOf());
      if (phase === "persist" && told !== undefined) {
        known = joinCookies(known, told);
        lag.onCookie(known);
        yield { is: "cursor", cursor: known.toString("base64"), csns };
      }
      if (phase === "refresh") known = told ?? known;
      if (phase === "refresh" && message.is === "info" && message.info.says === "phase") {
        const ended = endOfPhase(message.info, cookie, csns);
        if (ended === "unread") return "cookie not understood by the server";
        yield ended;
        if (!message.info.done) continue;
        phase = "persist";
        // Only now: the refresh may take long, and the server is ahead all that time.
        if (known !== undefined) lag.onCookie(known);
      }
    }
    lag.probeIfDue();
  }
}

type Entry = Extract<LdapMessage, { is: "entry" }>;

function entryEvent(
  url: string,
  { dn, attributes, sync, fault }: Entry,
  before: AsOf,
  after: AsOf,
  cookie: Buffer | undefined,
): DirectoryEvent {
  if (sync === undefined)
    throw new DirectoryError("protocol", `${url}: entry ${dn} lacks a Sync State Control`);
  const { state, uuid } = sync;
  switch (state) {
    case "add":
    case "modify":
      return {
        is: "entry",
        entry: { dn, attributes, uuid, ...(fault === undefined ? {} : { fault }) },
        asOf: before,
      };
    case "present":
      return { is: "present", uuids: [uuid] };
    case "delete":
      return { is: "gone", uuids: [uuid], asOf: after, version: latestOf(cookie) };
    default:
      return state satisfies never;
  }
}

/** The CSN of the change that a cookie came with. */
const latestOf = (cookie: Buffer | undefined): string | undefined =>
  cookie === undefined ? undefined : [...csnsOfCookie(cookie).values()].sort().at(-1);

const idsEvent = ({ deleted, uuids }: Extract<SyncInfo, { says: "ids" }>, asOf: AsOf): DirectoryEvent =>
  deleted ? { is: "gone", uuids, asOf } : { is: "present", uuids };

/**
 * What the end of a phase means. A search without a cookie reported every entry; with one, only a present phase names
 * all there is. An empty cookie in return means that ours was not understood: the server reported every entry, but no
 * deletions.
 */
function endOfPhase(
  { phase, cookie }: Extract<SyncInfo, { says: "phase" }>,
  resumed: Buffer | undefined,
  csns: Csns | undefined,
): DirectoryEvent | "unread" {
  const cursor = cookie?.toString("base64") ?? "";
  if (resumed === undefined || phase === "present") {
    return { is: "refreshed", ...(cursor === "" ? {} : { cursor }), csns };
  }
  if (cookie?.length === 0) return "unread";
  // If nothing has changed the server sends no cookie, and ours remains valid.
  return { is: "level", cursor: cursor === "" ? resumed.toString("base64") : cursor, csns };
}
