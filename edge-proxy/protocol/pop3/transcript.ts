import { FrontTranscript } from "../front-transcript.ts";
import type { Octets } from "../octets.ts";
import { CHALLENGE, counted, SECRET, shownName } from "../transcript.ts";
import type { ParsedCommand, Pop3Command } from "./commands.ts";

/** Commands of POP3 that are not understood here: their names are no secret. */
const OTHERS = /^(?:APOP|RPOP|STAT|LIST|RETR|DELE|RSET|TOP|UIDL|XTND|XCLIENT)(?= |$)/i;
const LANGUAGE = /^[a-z0-9-]{1,20}$/i;

/** What a POP3 client and the edge say to each other, for a trace. */
export class Pop3FrontTranscript extends FrontTranscript {
  command(line: Octets, parsed: ParsedCommand): void {
    this.heard("fault" in parsed ? misunderstood(line, parsed.fault) : this.#shown(parsed.command));
  }

  /** A command to the maildrop that the edge makes up. */
  spoofed(line: Octets): void {
    const [name = ""] = OTHERS.exec(line) ?? [];
    this.heard(name === "" ? counted(line.length) : name.toUpperCase());
  }

  /** What the edge sends, without the last CRLF. */
  said(text: Octets): void {
    for (const line of text.split("\r\n")) {
      this.transcript.line("to-client", line.startsWith("+ ") ? `+ ${CHALLENGE}` : line);
    }
  }

  #shown(command: Pop3Command): string {
    switch (command.name) {
      case "USER":
        return `USER ${shownName(command.user)}`;
      case "PASS":
        this.transcript.secret(command.password.reveal());
        return `PASS ${SECRET}`;
      case "AUTH":
        if (command.mechanism === undefined) return "AUTH";
        return this.exchange("AUTH", command.mechanism, command.initial);
      case "LANG":
        if (command.wanted === undefined) return "LANG";
        return `LANG ${LANGUAGE.test(command.wanted) ? command.wanted : counted(command.wanted.length)}`;
      default:
        return command.name;
    }
  }
}

function misunderstood(line: Octets, fault: string): string {
  const [name = ""] = OTHERS.exec(line) ?? [];
  const what = counted(line.length, fault);
  return name === "" ? what : `${name.toUpperCase()} ${what}`;
}
