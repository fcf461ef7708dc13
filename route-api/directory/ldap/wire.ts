import type { Socket } from "node:net";
import { type Control, FilterParser, SearchRequest, type SearchRequestMessageOptions } from "ldapts";
import { DirectoryError } from "../directory-error.ts";
import type { LdapConnection } from "./connection.ts";
import { frameCutter } from "./frames.ts";
import { decodeMessage, type LdapMessage } from "./message.ts";

/** What is searched for. */
export interface SearchQuery {
  base: string;
  scope: NonNullable<SearchRequestMessageOptions["scope"]>;
  /** RFC 4515. */
  filter: string;
  attributes: readonly string[];
}

/** A bound connection whose answers are read as they come: nothing is gathered, and a reader that waits holds the server. */
export interface Wire {
  readonly url: string;
  /** Sends a search and gives its id. */
  search(query: SearchQuery, controls?: Control[]): number;
  /**
   * The messages that have come, in order, at least one; none where nothing came within the time. Throws DirectoryError
   * where the connection ended or what came is no LDAP.
   */
  read(waitMs: number): Promise<LdapMessage[]>;
  close(): void;
}

/** Ids of our own requests begin here: above those that the client used to bind. */
const FIRST_MESSAGE_ID = 1000;

/** Takes the connection over from its client: from here on, what comes is read by the wire. */
export function takeOver({ socket, url }: LdapConnection): Wire {
  socket.removeAllListeners("data");
  socket.pause();
  // Listening begins before the first read: a listener that comes after it hears nothing.
  let wake = (): void => undefined;
  socket
    .on("readable", () => wake())
    .on("end", () => wake())
    .on("close", () => wake());
  const somethingNew = (waitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => wake(), waitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const cut = frameCutter();
  let lastId = FIRST_MESSAGE_ID;
  let failure: Error | undefined;
  socket.on("error", (error) => {
    failure ??= error;
  });

  return {
    url,
    search({ base, scope, filter, attributes }, controls = []) {
      const request = new SearchRequest({
        messageId: ++lastId,
        baseDN: base,
        scope,
        filter: FilterParser.parseString(filter),
        attributes: [...attributes],
        controls,
        // By default ldapts asks the server to end a search after ten seconds.
        timeLimit: 0,
      });
      socket.write(request.write());
      return lastId;
    },
    async read(waitMs) {
      const until = performance.now() + waitMs;
      for (;;) {
        const chunk = socket.read() as Buffer | null;
        if (chunk !== null) {
          const messages = decode(url, cut, chunk);
          if (messages.length > 0) return messages;
          continue;
        }
        if (isOver(socket)) {
          throw new DirectoryError(
            "closed",
            `${url}: the connection ended${failure ? `: ${failure.message}` : ""}`,
          );
        }
        const leftMs = until - performance.now();
        if (leftMs <= 0) return [];
        await somethingNew(leftMs);
      }
    },
    close: () => void socket.destroy(),
  };
}

const isOver = (socket: Socket): boolean => socket.destroyed || socket.readableEnded;

function decode(url: string, cut: (chunk: Buffer) => Buffer[], chunk: Buffer): LdapMessage[] {
  try {
    return cut(chunk).map(decodeMessage);
  } catch (cause) {
    throw new DirectoryError("protocol", `${url}: ${(cause as Error).message}`, { cause });
  }
}
