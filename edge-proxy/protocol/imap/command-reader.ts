import { LineBuffer } from "../line-buffer.ts";
import { decodeOctets, type Octets } from "../octets.ts";

/** Announces a literal at the end of a line; non-synchronising with a plus (RFC 7888). */
const LITERAL = /\{(\d{1,10})(\+?)\}$/;

/** Sizes in bytes. */
export interface ReaderLimits {
  lineBytes: number;
  tokenLineBytes: number;
  /** An ID command with its literals (RFC 2971 section 3.3). */
  idBytes: number;
  literalBytes: number;
}

export type ReadResult =
  | { got: "command"; text: Octets }
  /** The client waits for a continuation request before it sends its literal. */
  | { got: "literal-wanted" }
  /** A synchronising literal that is too large; the client has not sent it. */
  | { got: "literal-refused"; text: Octets }
  /** A non-synchronising literal that is too large: it is already being sent. */
  | { got: "literal-too-large" }
  | { got: "line-too-long" };

/**
 * Cuts a client's stream into commands with their literals inside (RFC 9051 section 4.3, RFC 7888).
 * A command's text keeps its literals as received: `a LOGIN {5}CRLF alice secret`.
 */
export class CommandReader {
  readonly #buffer = new LineBuffer();
  readonly #limits: ReaderLimits;
  /** Start of the part of the command that is still searched for its line end. */
  #part = 0;
  #literals = 0;
  #asked = false;
  /** Of the command, once it matters. */
  #kind: CommandKind | undefined;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
  }

  get heldBytes(): number {
    return this.#buffer.length;
  }

  append(bytes: Uint8Array): void {
    this.#buffer.append(bytes);
  }

  rest(): Uint8Array {
    return this.#buffer.rest();
  }

  /** The next command; undefined while it is incomplete. */
  next(): ReadResult | undefined {
    for (;;) {
      if (this.#part > this.#buffer.length) return this.#wait();
      const end = this.#buffer.lineEnd(this.#part);
      if (this.#tooLong(end)) return { got: "line-too-long" };
      if (end < 0) return undefined;
      const line = this.#buffer.text(this.#part, end);
      const literal = line.endsWith("}") ? LITERAL.exec(line) : null;
      if (literal === null)
        return { got: "command", text: this.#part === 0 ? this.#taken(line, end) : this.#takeCommand(end) };
      const size = Number(literal[1]);
      const synchronising = literal[2] === "";
      if (!this.#takesLiteral(size, end + 1)) {
        if (!synchronising) return { got: "literal-too-large" };
        return { got: "literal-refused", text: this.#takeCommand(end) };
      }
      if (synchronising && !this.#asked) {
        this.#asked = true;
        return { got: "literal-wanted" };
      }
      if (this.#buffer.length < end + 1 + size) return this.#wait();
      this.#literals += size;
      this.#part = end + 1 + size;
      this.#asked = false;
    }
  }

  /** The next line, for the messages of a SASL exchange. */
  nextLine(): ReadResult | undefined {
    const end = this.#buffer.lineEnd();
    const length = end < 0 ? this.#buffer.length : end;
    if (length > this.#limits.tokenLineBytes) return { got: "line-too-long" };
    return end < 0 ? undefined : { got: "command", text: this.#takeCommand(end) };
  }

  #tooLong(end: number): boolean {
    const { lineBytes, tokenLineBytes, idBytes } = this.#limits;
    const whole = end < 0 ? this.#buffer.length : end;
    const line = whole - this.#literals;
    if (line <= lineBytes) return false;
    switch (this.#kindOfCommand()) {
      case "token":
        return line > tokenLineBytes;
      case "id":
        return whole > idBytes;
      case "other":
        return true;
    }
  }

  #takesLiteral(size: number, at: number): boolean {
    const { literalBytes, idBytes } = this.#limits;
    if (this.#literals + size <= literalBytes) return true;
    return this.#kindOfCommand() === "id" && at + size <= idBytes;
  }

  /** Told by its beginning, however long the tag is. */
  #kindOfCommand(): CommandKind {
    this.#kind ??= kindOf(decodeOctets(this.#buffer.bytes(), 0, this.#limits.lineBytes));
    return this.#kind;
  }

  #wait(): undefined {
    this.#buffer.keep();
  }

  #takeCommand(end: number): Octets {
    return this.#taken(this.#buffer.text(0, end), end);
  }

  /** The command up to the line end at `end` has been read. */
  #taken(text: Octets, end: number): Octets {
    this.#buffer.drop(end + 1);
    this.#part = 0;
    this.#literals = 0;
    this.#asked = false;
    this.#kind = undefined;
    return text;
  }
}

/** Commands with limits of their own. */
type CommandKind = "token" | "id" | "other";

function kindOf(head: Octets): CommandKind {
  const name = /^[^ \r\n]+ (AUTHENTICATE|ID) /i.exec(head)?.[1]?.toUpperCase();
  if (name === "ID") return "id";
  return name === undefined ? "other" : "token";
}
