import type { Octets } from "../octets.ts";

/** Reads the arguments of one command, left to right (RFC 9051 section 9). Each method says undefined where it finds something else. */
export class Scanner {
  readonly #text: Octets;
  #at: number;

  constructor(text: Octets, at = 0) {
    this.#text = text;
    this.#at = at;
  }

  atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  space(): boolean {
    return this.#literalText(" ");
  }

  /** What stands behind the last thing read. */
  remainder(): Octets {
    return this.#text.slice(this.#at);
  }

  tag(): Octets | undefined {
    return this.#match(TAG);
  }

  atom(): Octets | undefined {
    return this.#match(ATOM);
  }

  /** astring: an atom, a quoted string or a literal. */
  astring(): Octets | undefined {
    return this.#string() ?? this.#match(ASTRING_ATOM);
  }

  /** Arguments of ID (RFC 2971): NIL, or field and value in turn; a value may be NIL. */
  idFields(): Map<Octets, Octets | undefined> | undefined {
    const fields = new Map<Octets, Octets | undefined>();
    if (this.#nil()) return fields;
    if (!this.#literalText("(")) return undefined;
    if (this.#literalText(")")) return fields;
    do {
      const name = this.#string();
      if (name === undefined || !this.space()) return undefined;
      const value = this.#string();
      if (value === undefined && !this.#nil()) return undefined;
      fields.set(name.toLowerCase(), value);
    } while (this.space());
    return this.#literalText(")") ? fields : undefined;
  }

  #nil(): boolean {
    return this.#match(NIL) !== undefined;
  }

  #string(): Octets | undefined {
    const quoted = this.#match(QUOTED);
    if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(["\\])/g, "$1");
    LITERAL.lastIndex = this.#at;
    const size = LITERAL.exec(this.#text)?.[1];
    if (size === undefined) return undefined;
    const start = LITERAL.lastIndex;
    const end = start + Number(size);
    if (end > this.#text.length) return undefined;
    this.#at = end;
    return this.#text.slice(start, end);
  }

  #match(pattern: RegExp): Octets | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #literalText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

const TAG = /[\x21\x23\x24\x26\x27\x2c-\x5b\x5d-\x7a\x7c\x7d\x7e]{1,64}/y;
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
/** As clients send it: `%`, `*` and `\` in an unquoted password do no harm here. */
const ASTRING_ATOM = /[^\x00-\x20\x7f-\xff(){"]+/y;
const QUOTED = /"(?:[^\x00\r\n"\\]|\\["\\])*"/y;
const LITERAL = /\{(\d{1,10})\+?\}\r?\n/y;
const NIL = /NIL(?![^\x00-\x20()])/iy;

/** True where the octets can stand in a quoted string that every server understands. */
export const isQuotable = (octets: Octets): boolean => /^[\x20-\x7e]*$/.test(octets);

/** A quoted string; only for what `isQuotable`. */
export const quote = (octets: Octets): Octets => `"${octets.replace(/["\\]/g, "\\$&")}"`;
