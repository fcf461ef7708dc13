/** How many times larger than its part in use a kept buffer may be. */
const MOST_WASTE = 4;

/** Bytes that wait for a socket: a list that is cut from the front, so that nothing is copied to append. */
export class WriteQueue {
  bytes = 0;
  #chunks: Uint8Array[] = [];
  #head = 0;

  push(chunk: Uint8Array): void {
    // A small rest of a large piece must not keep all of it.
    this.#chunks.push(chunk.length * MOST_WASTE < chunk.buffer.byteLength ? new Uint8Array(chunk) : chunk);
    this.bytes += chunk.length;
  }

  /** The oldest chunk, or undefined when nothing waits. */
  peek(): Uint8Array | undefined {
    return this.#chunks[this.#head];
  }

  /** Drops `count` bytes (at most the oldest chunk) from the front. */
  shift(count: number): void {
    const chunk = this.#chunks[this.#head];
    if (chunk === undefined) return;
    this.bytes -= count;
    if (count < chunk.length) {
      this.#chunks[this.#head] = chunk.subarray(count);
      return;
    }
    this.#head++;
    if (this.#head === this.#chunks.length) this.clear();
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.bytes = 0;
  }
}
