import type { Octets } from "../octets.ts";

/** Thrown where a command departs from its grammar; caught where commands are parsed. */
export class SyntaxFault extends Error {}

/**
 * Reads one command from left to right (RFC 9051 section 9). `expect…` throws SyntaxFault where something else stands;
 * the others return undefined or false, and read nothing.
 */
export class Scanner {
  readonly #text: Octets;
  #at = 0;

  constructor(text: Octets) {
    this.#text = text;
  }

  tag(): Octets | undefined {
    return this.#match(TAG);
  }

  atom(): Octets | undefined {
    return this.#match(ATOM);
  }

  space(): boolean {
    return this.#literalText(" ");
  }

  /** Everything up to the next space: base64, or what a client takes for it. */
  word(): Octets {
    return this.#match(WORD) ?? "";
  }

  /** What follows the last thing read. */
  remainder(): Octets {
    return this.#text.slice(this.#at);
  }

  expectSpace(): void {
    if (!this.space()) throw new SyntaxFault("a space is missing");
  }

  /** Spaces before the end are no part of the grammar, but of what some clients send. */
  expectEnd(): void {
    if (this.#at < this.#text.length && !SPACES.test(this.remainder()))
      throw new SyntaxFault("something follows the command");
  }

  expectAtom(): Octets {
    return expected(this.atom());
  }

  /** astring: an atom, a quoted string or a literal. */
  expectAstring(): Octets {
    return expected(this.#string() ?? this.#match(ASTRING_ATOM));
  }

  /** Arguments of ID (RFC 2971 section 3.1): NIL, or field and value in turn; a value may be NIL. */
  expectIdFields(): Map<Octets, Octets | undefined> {
    const fields = new Map<Octets, Octets | undefined>();
    if (this.#nil()) return fields;
    this.#expectText("(");
    if (this.#literalText(")")) return fields;
    do {
      const name = expected(this.#string());
      this.expectSpace();
      fields.set(name.toLowerCase(), this.#nil() ? undefined : expected(this.#string()));
    } while (this.space());
    this.#expectText(")");
    return fields;
  }

  #nil(): boolean {
    return this.#match(NIL) !== undefined;
  }

  #string(): Octets | undefined {
    switch (this.#text.charAt(this.#at)) {
      case '"':
        return this.#match(QUOTED)
          ?.slice(1, -1)
          .replace(/\\(["\\])/g, "$1");
      case "{":
        return this.#literal();
      default:
        return undefined;
    }
  }

  #literal(): Octets | undefined {
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
    const start = this.#at;
    pattern.lastIndex = start;
    if (!pattern.test(this.#text)) return undefined;
    this.#at = pattern.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #expectText(text: string): void {
    if (!this.#literalText(text)) throw new SyntaxFault(`${text} is missing`);
  }

  #literalText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function expected(found: Octets | undefined): Octets {
  if (found === undefined) throw new SyntaxFault("an argument is missing or malformed");
  return found;
}

const TAG = /[\x21\x23\x24\x26\x27\x2c-\x5b\x5d-\x7a\x7c\x7d\x7e]+/y;
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
/** As clients send it: `%`, `*` and `\` in an unquoted password do no harm here. */
const ASTRING_ATOM = /[^\x00-\x20\x7f-\xff(){"]+/y;
const QUOTED = /"(?:[^\x00\r\n"\\]|\\["\\])*"/y;
const LITERAL = /\{(\d{1,10})\+?\}\r?\n/y;
const SPACES = /^ *$/;
const WORD = /[^ ]+/y;
const NIL = /NIL(?![^\x00-\x20()])/iy;
