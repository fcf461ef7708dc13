const LF = 10;
const CR = 13;
const EMPTY = new Uint8Array(0);

/** Collects a byte stream and returns it line by line. Its user bounds how much it holds. */
export class LineBuffer {
  #bytes: Uint8Array = EMPTY;
  #scanned = 0;

  append(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? own(bytes) : joined(this.#bytes, bytes);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Everything that was collected and not taken. */
  bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Index of the next LF at or after `from`, or -1. Looks at each byte once as long as `from` stays the same. */
  lineEnd(from = 0): number {
    const found = this.#bytes.indexOf(LF, Math.max(from, this.#scanned));
    if (found < 0) this.#scanned = this.#bytes.length;
    return found;
  }

  /** Removes `count` bytes from the front. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = count < this.#bytes.length ? own(this.#bytes.subarray(count)) : EMPTY;
    this.#scanned = 0;
    return taken;
  }

  /** The next line without its CRLF or LF; undefined while it is incomplete. */
  takeLine(): Uint8Array | undefined {
    const end = this.lineEnd();
    if (end < 0) return undefined;
    const line = this.take(end + 1);
    return line.subarray(0, end > 0 && line[end - 1] === CR ? end - 1 : end);
  }

  /** Takes everything. */
  rest(): Uint8Array {
    return this.take(this.#bytes.length);
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
