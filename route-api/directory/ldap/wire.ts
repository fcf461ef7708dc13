import type { Socket } from "node:net";
import { type Control, FilterParser, SearchRequest, type SearchRequestMessageOptions } from "ldapts";
import { DirectoryError } from "../directory-error.ts";
import type { LdapConnection } from "./connection.ts";
import { frameCutter } from "./frames.ts";
import { decodeMessage, type LdapMessage } from "./message.ts";

/** Parameters of a search. */
export interface SearchQuery {
  base: string;
  scope: NonNullable<SearchRequestMessageOptions["scope"]>;
  /** RFC 4515. */
  filter: string;
  attributes: readonly string[];
}

/** A bound connection whose responses are read one by one: nothing is buffered, and a slow reader slows the server. */
export interface Wire {
  readonly url: string;
  /** Sends a search and returns its message ID. */
  search(query: SearchQuery, controls?: Control[]): number;
  /**
   * The messages that have arrived, in order; none if there are none within `waitMs`. Throws DirectoryError if the
   * connection has closed or the data is not LDAP.
   */
  read(waitMs: number): Promise<LdapMessage[]>;
  close(): void;
}

/** Our message IDs begin here, above those the client used for the bind. */
const FIRST_MESSAGE_ID = 1000;

/** Takes the connection over from its client: from now on, responses are read by the wire. */
export function takeOver({ socket, url }: LdapConnection): Wire {
  socket.removeAllListeners("data");
  socket.pause();
  // Listeners are attached before the first read: later ones would miss events.
  let wake = (): void => undefined;
  socket
    .on("readable", () => wake())
    .on("end", () => wake())
    .on("close", () => wake());
  const nextEvent = (waitMs: number): Promise<void> =>
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
        // The default of ldapts is a limit of ten seconds.
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
            `${url}: connection closed${failure ? `: ${failure.message}` : ""}`,
          );
        }
        const leftMs = until - performance.now();
        if (leftMs <= 0) return [];
        await nextEvent(leftMs);
      }
    },
    close: () => void socket.destroy(),
  };
}

const isOver = (socket: Socket): boolean => socket.destroyed || socket.readableEnded;

function decode(url: string, cut: ReturnType<typeof frameCutter>, chunk: Buffer): LdapMessage[] {
  try {
    return cut(chunk).map(decodeMessage);
  } catch (cause) {
    throw new DirectoryError("protocol", `${url}: ${(cause as Error).message}`, { cause });
  }
}
