import type { StoreCredentials } from "./dialogue.ts";
import type { Octets } from "./octets.ts";
import { secretsOf } from "./secrets.ts";
import { CHALLENGE, type Transcript } from "./transcript.ts";

/** What the edge and a store say to each other before login, for a trace. */
export class StoreTranscript {
  readonly #transcript: Transcript;

  constructor(transcript: Transcript, credentials: StoreCredentials) {
    this.#transcript = transcript;
    for (const secret of secretsOf(credentials)) transcript.secret(secret);
  }

  /** A line of the store's; what it asks for in an exchange is not shown. */
  heard(line: Octets): void {
    this.#transcript.line(
      "from-store",
      /^\+ *[^ ]/.test(line) && !/^\+OK/i.test(line) ? `+ ${CHALLENGE}` : line,
    );
  }

  /** What the edge sends: `shown` has no secret, and may be several lines. */
  said(shown: Octets): void {
    for (const line of shown.trimEnd().split("\r\n")) this.#transcript.line("to-store", line);
  }
}
