import type { StoreStream } from "../dialogue.ts";
import { decodeOctets, encodeOctets, type Octets } from "../octets.ts";
import { FAREWELLS } from "./answers.ts";

const CR = 13;
const LF = 10;
const CLOSING_BRACE = 125;
const BYE = encodeOctets(`* BYE ${FAREWELLS.draining}\r\n`);

/** Longest line that is followed; behind a longer one nothing can be said of the stream. */
const LINE_BYTES = 65_536;
/** Enough of a line's beginning for the longest tag and a status, and of its end for `{4294967295}` and CR. */
const HEAD_OCTETS = 80;
const END_OCTETS = 24;

const STATUS = /^\S+ (OK|NO|BAD|BYE|PREAUTH)\b/i;
const ANNOUNCEMENT = /\{(\d{1,15})\}\r$/;

/**
 * Follows a store's responses (RFC 9051 section 2.2.2): lines, and literals that a line announces. A stream that once
 * does not look like IMAP, such as a compressed one (RFC 4978), is followed no further and never stands between.
 */
export class ImapResponseStream implements StoreStream {
  readonly farewell = BYE;
  /** Bytes of a literal that are still to come. */
  #literal = 0;
  /** The line is one that goes on behind a literal. */
  #inside = false;
  /** What came of a line that is unfinished, without its middle. */
  #partial: Octets = "";
  #length = 0;
  #strange = false;

  get between(): boolean {
    return !this.#strange && this.#literal === 0 && !this.#inside && this.#length === 0;
  }

  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#strange) {
      if (this.#literal > 0) {
        const skipped = Math.min(this.#literal, bytes.length - at);
        this.#literal -= skipped;
        at += skipped;
        continue;
      }
      if (this.#length === 0 && !this.#inside && !beginsResponse(bytes[at])) this.#strange = true;
      const end = bytes.indexOf(LF, at);
      const stop = end < 0 ? bytes.length : end;
      if (this.#length + stop - at > LINE_BYTES) this.#strange = true;
      if (end < 0) this.#keep(bytes.subarray(at));
      else this.#lineEnds(bytes, at, end);
      at = stop + 1;
    }
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    this.#partial = withoutMiddle(this.#partial + ends(part));
  }

  #lineEnds(bytes: Uint8Array, start: number, end: number): void {
    // Most lines are whole and announce nothing: two bytes tell.
    if (this.#length === 0 && end - start >= 2 && bytes[end - 1] === CR && bytes[end - 2] !== CLOSING_BRACE) {
      this.#inside = false;
      return;
    }
    const line = this.#partial + ends(bytes.subarray(start, end));
    if (!line.endsWith("\r")) this.#strange = true;
    // The text of a status response is for people: braces in it announce nothing.
    const isStatus = !this.#inside && STATUS.test(line);
    const size = isStatus ? undefined : ANNOUNCEMENT.exec(line)?.[1];
    this.#literal = Number(size ?? 0);
    this.#inside = size !== undefined;
    this.#partial = "";
    this.#length = 0;
  }
}

/** `*`, `+`, or a tag: printable, and none of the characters that no tag has. */
const beginsResponse = (first: number | undefined): boolean =>
  first !== undefined && first > 0x20 && first < 0x7f && !NO_TAG.has(first);

const NO_TAG: ReadonlySet<number> = new Set(encodeOctets('(){%"\\'));

const ends = (part: Uint8Array): Octets =>
  part.length <= HEAD_OCTETS + END_OCTETS
    ? decodeOctets(part)
    : decodeOctets(part.subarray(0, HEAD_OCTETS)) + decodeOctets(part.subarray(-END_OCTETS));

const withoutMiddle = (line: Octets): Octets =>
  line.length <= HEAD_OCTETS + END_OCTETS ? line : line.slice(0, HEAD_OCTETS) + line.slice(-END_OCTETS);
