import { DirectoryError } from "../directory-error.ts";
import type { LdapMessage } from "../ldap/message.ts";
import { noticeError, searchError } from "../ldap/search.ts";
import { type SyncInfo, SyncRequestControl } from "../ldap/sync-controls.ts";
import type { SearchQuery, Wire } from "../ldap/wire.ts";
import type { DirectoryEvent } from "../source.ts";
import { joinCookies } from "./csn.ts";
import { lagWatch } from "./lag-watch.ts";

export interface SyncreplOptions {
  wire: Wire;
  query: SearchQuery;
  /** DN of the entry that bears contextCSN. */
  context: string;
  /** How often contextCSN is asked for, in milliseconds. */
  probeMs: number;
  /** A server that leaves that question unanswered for this long is gone, in milliseconds. */
  silenceMs: number;
  /** Told why a cookie is given up. */
  onRefused(reason: string): void;
}

/** e-syncRefreshRequired (RFC 4533, section 2.6). */
const SYNC_REFRESH_REQUIRED = 4096;
/** What servers answer to a cookie that they do not know: protocolError, unwillingToPerform, other. */
const COOKIE_REFUSED = [2, 53, 80, SYNC_REFRESH_REQUIRED];

/**
 * Follows a directory by content synchronization, refreshAndPersist (RFC 4533, section 3.4). Cursors are cookies in
 * base64. A cookie that the server refuses or cannot read makes it begin anew. Throws DirectoryError.
 */
export async function* followSyncrepl(
  options: SyncreplOptions,
  cookie: string | undefined,
): AsyncGenerator<DirectoryEvent> {
  let resume = usableCookie(cookie);
  if (cookie !== undefined && resume === undefined) options.onRefused("the cookie has no CSN");
  for (;;) {
    const refused = yield* session(options, resume);
    options.onRefused(refused);
    resume = undefined;
  }
}

/** OpenLDAP takes a cookie without a CSN for the beginning of time, and then tells no deletes. */
function usableCookie(mark: string | undefined): Buffer | undefined {
  if (mark === undefined) return undefined;
  const cookie = Buffer.from(mark, "base64");
  const text = cookie.toString("latin1");
  return text.startsWith("rid=") && !/csn=\d{14}\.\d+Z#/.test(text) ? undefined : cookie;
}

/** One search; ends with the reason where the server does not take the cookie. */
async function* session(
  { wire, query, context, probeMs, silenceMs }: SyncreplOptions,
  cookie: Buffer | undefined,
): AsyncGenerator<DirectoryEvent, string> {
  const id = wire.search(query, [new SyncRequestControl(cookie)]);
  const lag = lagWatch(wire, context, { probeMs, silenceMs });
  let phase: "refresh" | "persist" = "refresh";
  let known = cookie;
  yield { is: "refreshing" };

  for (;;) {
    const messages = await wire.read(lag.waitMs());
    if (messages.length === 0) lag.onSilence();
    for (const message of messages) {
      if (message.is === "notice") throw noticeError(wire.url, message.text);
      if (message.is === "other") continue;
      if (message.id === lag.id) {
        const seconds = lag.onAnswer(message);
        if (seconds !== undefined && phase === "persist") yield { is: "lag", seconds };
      }
      if (message.id !== id) continue;
      if (message.is === "done") {
        if (cookie !== undefined && phase === "refresh" && COOKIE_REFUSED.includes(message.result)) {
          return `result ${message.result}: ${message.text}`;
        }
        // Who asked for everything, and is told to ask for everything, would ask for ever.
        if (message.result === SYNC_REFRESH_REQUIRED && phase === "persist") return message.text;
        if (message.result !== 0) throw searchError(wire.url, query.base, message);
        throw new DirectoryError("closed", `${wire.url}: the server ended the search`);
      }
      if (message.is === "entry") yield entryEvent(wire.url, message);
      else if (message.info.says === "ids") yield idsEvent(message.info);

      const said = message.is === "entry" ? message.sync?.cookie : message.info.cookie;
      const told = said?.length === 0 ? undefined : said;
      if (phase === "persist" && told !== undefined) {
        known = joinCookies(known, told);
        lag.onCookie(known);
        yield { is: "cursor", cursor: known.toString("base64") };
      }
      if (phase === "refresh") known = told ?? known;
      if (phase === "refresh" && message.is === "info" && message.info.says === "phase") {
        const ended = endOfPhase(message.info, cookie);
        if (ended === "unread") return "the server cannot read the cookie";
        yield ended;
        if (!message.info.done) continue;
        phase = "persist";
        // Not before: what was missed may take long to be told, and the server is ahead all that time.
        if (known !== undefined) lag.onCookie(known);
      }
    }
    lag.probeIfDue();
  }
}

type Entry = Extract<LdapMessage, { is: "entry" }>;

function entryEvent(url: string, { dn, attributes, sync }: Entry): DirectoryEvent {
  if (sync === undefined) throw new DirectoryError("protocol", `${url}: ${dn} came without its state`);
  const { state, uuid } = sync;
  switch (state) {
    case "add":
    case "modify":
      return { is: "entry", entry: { dn, attributes, uuid } };
    case "present":
      return { is: "present", uuids: [uuid] };
    case "delete":
      return { is: "gone", uuids: [uuid] };
    default:
      return state satisfies never;
  }
}

const idsEvent = ({ deleted, uuids }: Extract<SyncInfo, { says: "ids" }>): DirectoryEvent =>
  deleted ? { is: "gone", uuids } : { is: "present", uuids };

/**
 * What the end of a phase means. Without a cookie everything was told; with one, only a present phase names all there
 * is. A cookie that comes back empty was not read: the server told everything, and keeps deletes to itself.
 */
function endOfPhase(
  { phase, cookie }: Extract<SyncInfo, { says: "phase" }>,
  resumed: Buffer | undefined,
): DirectoryEvent | "unread" {
  const cursor = cookie?.toString("base64") ?? "";
  if (resumed === undefined || phase === "present") {
    return { is: "refreshed", ...(cursor === "" ? {} : { cursor }) };
  }
  if (cookie?.length === 0) return "unread";
  // Where nothing has changed, the server sends no cookie: ours is still good.
  return { is: "level", cursor: cursor === "" ? resumed.toString("base64") : cursor };
}
