import { FrontTranscript } from "../front-transcript.ts";
import type { Octets } from "../octets.ts";
import { CHALLENGE, counted, SECRET, shownId, shownName } from "../transcript.ts";
import type { ImapCommand, ParsedCommand } from "./commands.ts";

/** Commands of IMAP that are not for the time before login: their names are no secret. */
const LATER =
  /^(?:SELECT|EXAMINE|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|LIST|LSUB|NAMESPACE|STATUS|APPEND|CHECK|CLOSE|UNSELECT|EXPUNGE|SEARCH|FETCH|STORE|COPY|MOVE|UID|ENABLE|IDLE|GETQUOTA|GETQUOTAROOT|COMPRESS|XLIST|X-GM-EXT-1)$/i;

/**
 * What an IMAP client and the edge say to each other, for a trace. A tag may be anything, so that commands have numbers
 * in place of their tags: `#1 LOGIN alice [secret]`, `#1 NO [AUTHENTICATIONFAILED] …`.
 */
export class ImapFrontTranscript extends FrontTranscript {
  #commands = 0;
  #tag: Octets | undefined;

  /** A whole command, `text`, literals included. */
  command(text: Octets, { tag, ...parsed }: ParsedCommand): void {
    this.#commands++;
    this.#tag = tag;
    const shown =
      "fault" in parsed ? this.#misunderstood(text, tag, parsed.fault) : this.#shown(parsed.command);
    this.heard(`#${this.#commands} ${shown}`);
  }

  /** What the edge sends. */
  said(text: Octets): void {
    const own = this.#tag === undefined || this.#tag === "*" ? undefined : `${this.#tag} `;
    for (const line of text.split("\r\n").slice(0, -1)) {
      if (own !== undefined && line.startsWith(own))
        this.transcript.line("to-client", `#${this.#commands} ${line.slice(own.length)}`);
      else if (line.startsWith("+ ") && line !== LITERAL_WANTED)
        this.transcript.line("to-client", `+ ${CHALLENGE}`);
      else this.transcript.line("to-client", line);
    }
  }

  #shown(command: ImapCommand): string {
    switch (command.name) {
      case "ID":
        return `ID ${shownId(command.fields)}`;
      case "LOGIN":
        this.transcript.secret(command.password.reveal());
        return `LOGIN ${shownName(command.user)} ${SECRET}`;
      case "AUTHENTICATE":
        return this.exchange(command.name, command.mechanism, command.initial);
      default:
        return command.name;
    }
  }

  #misunderstood(text: Octets, tag: Octets, fault: string): string {
    const word = tag === "*" ? "" : (/^ ([A-Za-z0-9-]+)/.exec(text.slice(tag.length))?.[1] ?? "");
    const what = counted(text.length, fault);
    return LATER.test(word) ? `${word.toUpperCase()} ${what}` : what;
  }
}

export const LITERAL_WANTED = "+ Ready for literal";
