import { PagedResultsControl } from "ldapts";
import { DirectoryError, type DirectoryErrorCode } from "../directory-error.ts";
import type { Attributes, LdapMessage } from "./message.ts";
import type { SearchQuery, Wire } from "./wire.ts";

/** An entry that a search found. */
export interface FoundEntry {
  dn: string;
  attributes: Attributes;
}

export interface Paging {
  /** Entries a page; undefined: all in one, for servers that cannot page. */
  pageSize: number | undefined;
  /** A server that says nothing for this long is given up, in milliseconds. */
  silenceMs: number;
}

/**
 * Searches page by page (RFC 2696): a page is the most that is on its way. Only the page without a cookie is the last:
 * a page may well be empty. Throws DirectoryError, and never ends early: a part of the entries is no answer.
 */
export async function* searchEntries(
  wire: Wire,
  query: SearchQuery,
  { pageSize, silenceMs }: Paging,
): AsyncGenerator<FoundEntry> {
  let page: Buffer | undefined;
  do {
    const controls = pageSize === undefined ? [] : [pageControl(pageSize, page)];
    const id = wire.search(query, controls);
    const done = yield* entriesOf(wire, id, silenceMs);
    if (done.result !== 0) throw searchError(wire.url, query.base, done);
    page = done.page;
  } while (page !== undefined);
}

const pageControl = (size: number, cookie: Buffer | undefined): PagedResultsControl =>
  new PagedResultsControl({ critical: true, value: { size, ...(cookie === undefined ? {} : { cookie }) } });

type Done = Extract<LdapMessage, { is: "done" }>;

async function* entriesOf(wire: Wire, id: number, silenceMs: number): AsyncGenerator<FoundEntry, Done> {
  for (;;) {
    const messages = await wire.read(silenceMs);
    if (messages.length === 0) {
      throw new DirectoryError("closed", `${wire.url}: the server says nothing for ${silenceMs / 1000} s`);
    }
    for (const message of messages) {
      if (message.is === "notice") throw noticeError(wire.url, message.text);
      if (message.is === "other" || message.id !== id) continue;
      if (message.is === "entry") yield { dn: message.dn, attributes: message.attributes };
      else if (message.is === "done") return message;
    }
  }
}

/** The server's notice of disconnection. */
export const noticeError = (url: string, text: string): DirectoryError =>
  new DirectoryError("closed", `${url}: the server closes the connection${text === "" ? "" : `: ${text}`}`);

const CODES: Readonly<Record<number, DirectoryErrorCode>> = {
  3: "limit", // timeLimitExceeded
  4: "limit", // sizeLimitExceeded
  11: "limit", // adminLimitExceeded
  12: "unsupported", // unavailableCriticalExtension
  32: "no-such-base",
  50: "no-access",
};

/** What a search's result other than success means. */
export function searchError(url: string, base: string, { result, text }: Done): DirectoryError {
  const code = CODES[result] ?? "search";
  const said = text === "" ? `result ${result}` : `result ${result}: ${text}`;
  switch (code) {
    case "limit":
      return new DirectoryError(code, `${url}: the server gives a part of the entries only (${said})`);
    case "no-such-base":
      return new DirectoryError(code, `${url}: there is no ${base}, or it may not be read (${said})`);
    case "no-access":
      return new DirectoryError(code, `${url}: ${base} may not be read (${said})`);
    default:
      return new DirectoryError(code, `${url}: ${said}`);
  }
}
