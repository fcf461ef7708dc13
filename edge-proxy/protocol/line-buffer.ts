import { decodeOctets, type Octets } from "./octets.ts";

const LF = 10;
const CR = 13;
/** A Buffer, as what sockets hand over is: compiled code need not tell two kinds apart. */
const EMPTY: Uint8Array = Buffer.alloc(0);

/** Collects a byte stream and returns it line by line. Its user bounds how much it holds. */
export class LineBuffer {
  #bytes: Uint8Array = EMPTY;
  /** Where what was not taken begins. */
  #start = 0;
  /** No LF before it. */
  #scanned = 0;

  append(bytes: Uint8Array): void {
    this.#bytes = this.length === 0 ? bytes : joined(this.bytes(), bytes);
    this.#scanned = Math.max(0, this.#scanned - this.#start);
    this.#start = 0;
  }

  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** Everything that was collected and not taken. */
  bytes(): Uint8Array {
    return this.#start === 0 ? this.#bytes : this.#bytes.subarray(this.#start);
  }

  /** Index of the next LF at or after `from`, or -1. Looks at each byte once as long as `from` stays the same. */
  lineEnd(from = 0): number {
    const found = this.#bytes.indexOf(LF, Math.max(this.#start + from, this.#scanned));
    if (found >= 0) return found - this.#start;
    this.keep();
    this.#scanned = this.#bytes.length;
    return -1;
  }

  /** What is left waits for more: it no longer holds on to the memory that it came in. */
  keep(): void {
    if (this.#bytes.length === 0) return;
    this.#bytes = own(this.bytes());
    this.#scanned = Math.max(0, this.#scanned - this.#start);
    this.#start = 0;
  }

  /** Octets from `from` up to an LF at `end`, without the CR or LF behind them. Removes nothing. */
  text(from: number, end: number): Octets {
    const last = this.#start + end - 1;
    const isAfterCr = end > from && this.#bytes[last] === CR;
    return decodeOctets(this.#bytes, this.#start + from, isAfterCr ? last : last + 1);
  }

  /** Removes `count` bytes from the front. */
  drop(count: number): void {
    this.#start += Math.min(count, this.length);
    this.#scanned = this.#start;
    if (this.#start < this.#bytes.length) return;
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#scanned = 0;
  }

  /** The next line without its CRLF or LF; undefined while it is incomplete. */
  takeLine(): Octets | undefined {
    const end = this.lineEnd();
    if (end < 0) return undefined;
    const line = this.text(0, end);
    this.drop(end + 1);
    return line;
  }

  /** Takes everything. */
  rest(): Uint8Array {
    const rest = this.bytes();
    this.drop(rest.length);
    return rest;
  }
}

/** Bytes that do not keep a large buffer alive: what a client leaves unfinished may stay for a minute. */
const own = (bytes: Uint8Array): Uint8Array =>
  bytes.length * MOST_WASTE < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;

/** How many times larger than its part in use a kept buffer may be. */
const MOST_WASTE = 4;

/** Not Buffer.concat: its small results share slabs, and one of them keeps a whole slab. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = Buffer.allocUnsafeSlow(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
