import type { Credentials } from "./dialogue.ts";
import type { Octets } from "./octets.ts";
import { secretsOf } from "./secrets.ts";
import { counted, SECRET, shownMechanism, type Transcript } from "./transcript.ts";

/** What a client and the edge say to each other, for a trace: the part that no protocol has of its own. */
export class FrontTranscript {
  protected readonly transcript: Transcript;

  constructor(transcript: Transcript) {
    this.transcript = transcript;
  }

  /** What the client has proved itself with, by an exchange. */
  credentials(credentials: Credentials): void {
    for (const secret of secretsOf(credentials)) this.transcript.secret(secret);
  }

  /** A line of an exchange; `*` cancels it. */
  message(text: Octets): void {
    if (text !== "*") this.transcript.secret(text);
    this.heard(text === "*" ? "*" : SECRET);
  }

  /** What is too long for a line or a literal. */
  refused(octets: number, why: string): void {
    this.heard(counted(octets, why));
  }

  protected heard(text: Octets): void {
    this.transcript.line("from-client", text);
  }

  /** The command `verb` that begins an exchange, with its initial response (RFC 4422, section 3) unless that is empty. */
  protected exchange(verb: string, mechanism: string, initial: Octets): string {
    const shown = `${verb} ${shownMechanism(mechanism)}`;
    if (initial === "") return shown;
    this.transcript.secret(initial);
    return `${shown} ${initial === "=" ? "=" : SECRET}`;
  }
}
