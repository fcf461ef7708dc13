import type { StoreStream } from "../dialogue.ts";
import { asBuffer, decodeOctets, encodeOctets, type Octets } from "../octets.ts";
import { FAREWELLS } from "./answers.ts";

const CR = 13;
const LF = 10;
const CLOSING_BRACE = 125;
const BYE = {
  draining: encodeOctets(`* BYE ${FAREWELLS.draining}\r\n`),
  kicked: encodeOctets(`* BYE ${FAREWELLS.kicked}\r\n`),
};

/** Enough of a line's start for the longest tag and a status, and of its end for `{4294967295}` and CR. */
const HEAD_OCTETS = 80;
const END_OCTETS = 24;

/** `*`, `+`, or a tag with its status: what a response begins with. */
const RESPONSE = /^(?:\* |\+|[\x21\x23\x24\x26\x27\x2c-\x5b\x5d-\x7a\x7c-\x7e]+ (?:OK|NO|BAD)\b)/i;
const STATUS = /^\S+ (?:OK|NO|BAD|BYE|PREAUTH)\b/i;
const ANNOUNCEMENT = /\{(\d{1,15})\}\r$/;

/**
 * Follows a store's responses (RFC 9051 section 2.2.2): lines, and literals that a line announces. It searches for what
 * can end a literal's announcement, never line by line: mail must not cost a look at each of its lines. The last line
 * must look like a response, so that a stream which is not IMAP, such as a compressed one (RFC 4978), never stands
 * between two.
 */
export class ImapResponseStream implements StoreStream {
  /** Bytes of a literal that have not arrived yet. */
  #literal = 0;
  /** The incomplete line so far, without its middle. */
  #partial: Octets = "";
  #length = 0;
  /** What the last line was: a response or the end of one, a part that continues after a literal, or neither. */
  #last: "response" | "part" | "other" = "response";

  farewell(reason: keyof typeof BYE): Uint8Array {
    return BYE[reason];
  }

  get between(): boolean {
    return this.#last === "response" && this.#literal === 0 && this.#length === 0;
  }

  feed(bytes: Uint8Array): void {
    // Buffer's indexOf is the fast one on every runtime.
    const buffer = asBuffer(bytes);
    let at = 0;
    while (at < buffer.length) {
      if (this.#literal > 0) {
        const skipped = Math.min(this.#literal, buffer.length - at);
        this.#literal -= skipped;
        at += skipped;
      } else if (this.#length > 0) at = this.#finishLine(buffer, at);
      else at = this.#lines(buffer, at);
    }
  }

  /** Continues a line that began earlier; returns where it stopped. */
  #finishLine(buffer: Buffer, at: number): number {
    const end = buffer.indexOf(LF, at);
    if (end < 0) {
      this.#keep(buffer, at);
      return buffer.length;
    }
    this.#lineEnds(buffer, at, end);
    return end + 1;
  }

  /** Reads from the start of a line up to a literal or the end; returns where it stopped. */
  #lines(buffer: Buffer, at: number): number {
    let brace = buffer.indexOf(CLOSING_BRACE, at);
    while (brace >= 0 && !(buffer[brace + 1] === CR && buffer[brace + 2] === LF)) {
      brace = buffer.indexOf(CLOSING_BRACE, brace + 1);
    }
    const end = brace < 0 ? buffer.lastIndexOf(LF) : brace + 2;
    if (end < at) {
      this.#keep(buffer, at);
      return buffer.length;
    }
    const start = end === at ? at : Math.max(at, buffer.lastIndexOf(LF, end - 1) + 1);
    if (start > at) this.#last = "other";
    this.#lineEnds(buffer, start, end);
    return end + 1;
  }

  #keep(bytes: Uint8Array, at: number): void {
    this.#length += bytes.length - at;
    this.#partial = withoutMiddle(this.#partial + ends(bytes, at, bytes.length));
  }

  #lineEnds(bytes: Uint8Array, start: number, end: number): void {
    const line = this.#partial + ends(bytes, start, end);
    const isResponse =
      line.endsWith("\r") && (this.#last === "part" || line.startsWith("* ") || RESPONSE.test(line));
    const size = line.endsWith("}\r") ? this.#announced(line) : undefined;
    this.#literal = Number(size ?? 0);
    this.#last = size !== undefined ? "part" : isResponse ? "response" : "other";
    this.#partial = "";
    this.#length = 0;
  }

  /** The size of the literal that a line announces. The text of a status response is for people: braces in it announce none. */
  #announced(line: Octets): string | undefined {
    const isStatus = this.#last !== "part" && STATUS.test(line);
    return isStatus ? undefined : ANNOUNCEMENT.exec(line)?.[1];
  }
}

/** The two ends of a part of some bytes, without its middle. */
const ends = (bytes: Uint8Array, start: number, end: number): Octets =>
  end - start <= HEAD_OCTETS + END_OCTETS
    ? decodeOctets(bytes, start, end)
    : decodeOctets(bytes, start, start + HEAD_OCTETS) + decodeOctets(bytes, end - END_OCTETS, end);

const withoutMiddle = (line: Octets): Octets =>
  line.length <= HEAD_OCTETS + END_OCTETS ? line : line.slice(0, HEAD_OCTETS) + line.slice(-END_OCTETS);
