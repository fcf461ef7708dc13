import { PagedResultsControl } from "ldapts";
import type { Attributes } from "../attributes.ts";
import { DirectoryError, type DirectoryErrorCode } from "../directory-error.ts";
import type { LdapMessage } from "./message.ts";
import type { SearchQuery, Wire } from "./wire.ts";

/** An entry returned by a search. */
export interface FoundEntry {
  dn: string;
  attributes: Attributes;
  /** Why it cannot be used. */
  fault?: string;
}

export interface Paging {
  /** Entries per page; undefined: no paging, for servers that do not support it. */
  pageSize: number | undefined;
  /** A server that sends nothing for this long is given up, in milliseconds. */
  silenceMs: number;
}

/** A reference to another server, in place of the entries there. */
export const REFERENCE = Symbol("reference");

/**
 * Searches page by page (RFC 2696), so at most one page is in flight. Only a page without a cookie is the last one: any
 * page may be empty. Throws DirectoryError, and never ends early: a partial result is not a result.
 */
export async function* searchEntries(
  wire: Wire,
  query: SearchQuery,
  { pageSize, silenceMs }: Paging,
): AsyncGenerator<FoundEntry | typeof REFERENCE> {
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

async function* entriesOf(
  wire: Wire,
  id: number,
  silenceMs: number,
): AsyncGenerator<FoundEntry | typeof REFERENCE, Done> {
  for (;;) {
    const messages = await wire.read(silenceMs);
    if (messages.length === 0) {
      throw new DirectoryError("closed", `${wire.url}: no response for ${silenceMs / 1000} s`);
    }
    for (const message of messages) {
      if (message.is === "notice") throw noticeError(wire.url, message.text);
      if (message.is === "other" || message.id !== id) continue;
      if (message.is === "reference") yield REFERENCE;
      if (message.is === "entry") yield message;
      else if (message.is === "done") return message;
    }
  }
}

/** The server sent a notice of disconnection. */
export const noticeError = (url: string, text: string): DirectoryError =>
  new DirectoryError(
    "closed",
    `${url}: the server is closing the connection${text === "" ? "" : `: ${text}`}`,
  );

const CODES: Readonly<Record<number, DirectoryErrorCode>> = {
  3: "limit", // timeLimitExceeded
  4: "limit", // sizeLimitExceeded
  11: "limit", // adminLimitExceeded
  12: "unsupported", // unavailableCriticalExtension
  32: "no-such-base",
  50: "no-access",
};

/** Whether the failure only means that what was searched for is not there to be read. */
export const isNotThere = (error: unknown): boolean =>
  error instanceof DirectoryError && NOT_THERE.includes(error.code);
const NOT_THERE: readonly DirectoryErrorCode[] = ["no-such-base", "no-access", "search"];

/** The error for a search result other than success. */
export function searchError(url: string, base: string, { result, text }: Done): DirectoryError {
  const code = CODES[result] ?? "search";
  const said = text === "" ? `result ${result}` : `result ${result}: ${text}`;
  switch (code) {
    case "limit":
      return new DirectoryError(code, `${url}: the server returned only part of the entries (${said})`);
    case "no-such-base":
      return new DirectoryError(code, `${url}: ${base} does not exist or is not visible (${said})`);
    case "no-access":
      return new DirectoryError(code, `${url}: no read access to ${base} (${said})`);
    default:
      return new DirectoryError(code, `${url}: ${said}`);
  }
}
