import type { Octets } from "../octets.ts";

/** A message that a user finds while the store is down. */
export interface SpoofMessage {
  /** Lines of the message, without their CRLF. */
  lines: readonly Octets[];
  /** Size in octets, each line with CRLF (RFC 1939 section 11). */
  octets: number;
  /** Unique id, which changes with the message. */
  uid: string;
}

/** A POP3 session that the edge serves itself, with one message (RFC 1939 sections 5 to 7). */
export class SpoofedMaildrop {
  readonly #message: SpoofMessage;
  #deleted = false;

  constructor(message: SpoofMessage) {
    this.#message = message;
  }

  /** Answers one command line: the lines of the answer, without the last CRLF. */
  command(text: Octets): { lines: Octets[]; quit: boolean } {
    const [name = "", first, second] = text.split(" ");
    const command = name.toUpperCase();
    return { lines: this.#answer(command, first, second), quit: command === "QUIT" };
  }

  #answer(command: string, first: Octets | undefined, second: Octets | undefined): Octets[] {
    const { octets, uid, lines } = this.#message;
    const count = this.#deleted ? 0 : 1;
    switch (command) {
      case "STAT":
        return [`+OK ${count} ${count * octets}`];
      case "LIST":
        return this.#listing(first, `1 ${octets}`);
      case "UIDL":
        return this.#listing(first, `1 ${uid}`);
      case "RETR":
        return this.#ifThere(first, () => ["+OK Message follows", ...lines.map(stuffed), "."]);
      case "TOP":
        return this.#ifThere(first, () => this.#top(second));
      case "DELE":
        return this.#ifThere(first, () => {
          this.#deleted = true;
          return ["+OK Marked"];
        });
      case "RSET":
        this.#deleted = false;
        return ["+OK"];
      case "NOOP":
        return ["+OK"];
      case "CAPA":
        return ["+OK Capability list follows", "TOP", "UIDL", "."];
      case "QUIT":
        return ["+OK Logging out"];
      default:
        return ["-ERR Unknown command"];
    }
  }

  #listing(number: Octets | undefined, line: string): Octets[] {
    if (number !== undefined) return this.#ifThere(number, () => [`+OK ${line}`]);
    return ["+OK", ...(this.#deleted ? [] : [line]), "."];
  }

  #top(count: Octets | undefined): Octets[] {
    if (count === undefined || !/^\d{1,9}$/.test(count)) return ["-ERR TOP needs a number of lines"];
    const { lines } = this.#message;
    const head = lines.indexOf("");
    const shown = head < 0 ? lines : lines.slice(0, head + 1 + Number(count));
    return ["+OK Top of message follows", ...shown.map(stuffed), "."];
  }

  #ifThere(number: Octets | undefined, answer: () => Octets[]): Octets[] {
    return number === "1" && !this.#deleted ? answer() : ["-ERR No such message"];
  }
}

const stuffed = (line: Octets): Octets => (line.startsWith(".") ? `.${line}` : line);
