import type { ClientId, StoreCredentials } from "./dialogue.ts";
import type { Octets } from "./octets.ts";
import { secretsOf } from "./secrets.ts";
import { CHALLENGE, SECRET, shownId, shownName, type Transcript } from "./transcript.ts";

/** What the edge and a store say to each other before login, for a trace. */
export class StoreTranscript {
  readonly #transcript: Transcript;
  readonly #credentials: StoreCredentials;

  constructor(transcript: Transcript, credentials: StoreCredentials) {
    this.#transcript = transcript;
    this.#credentials = credentials;
    for (const secret of secretsOf(credentials)) transcript.secret(secret);
  }

  /** A line of the store's; what it asks for in an exchange is not shown. */
  heard(line: Octets): void {
    const asks = /^\+ *[^ ]/.test(line) && !/^\+OK/i.test(line);
    this.#transcript.line("from-store", asks ? `+ ${CHALLENGE}` : line);
  }

  /** What the edge sends, where nothing in it is secret: one line or several. */
  said(text: Octets): void {
    for (const line of text.trimEnd().split("\r\n")) this.#transcript.line("to-store", line);
  }

  /** The edge introduces the client; `before` stands before the fields. */
  introduced(before: string, fields: Iterable<readonly [Octets, Octets | undefined]>): void {
    this.said(`${before}${shownId(new Map(fields) satisfies ClientId)}`);
  }

  /** The edge begins to log in by a command: shown is for whom and how, never with what. */
  began(tag: string, command: Octets): void {
    const [verb = "", mechanism = "", response] = command.trimEnd().split(" ");
    const { user } = this.#credentials.kind === "password" ? this.#credentials : { user: "" };
    switch (verb) {
      case "LOGIN":
        return this.said(`${tag}LOGIN ${shownName(user)} ${SECRET}`);
      case "USER":
        return this.said(`USER ${shownName(user)}`);
      default:
        return this.said(`${tag}${verb} ${mechanism}${response === undefined ? "" : ` ${SECRET}`}`);
    }
  }

  /** What the store has asked for; `verb` is the command that it is an argument of. */
  answered(cancelled: boolean, verb = ""): void {
    this.said(`${verb}${cancelled ? "*" : SECRET}`);
  }
}
