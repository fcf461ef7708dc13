/** How many times larger than its part in use a kept buffer may be. */
const MOST_WASTE = 4;

/** Bytes that wait for a socket: a list that is consumed from the front, so that appending copies nothing. */
export class WriteQueue {
  bytes = 0;
  #chunks: Uint8Array[] = [];
  #head = 0;

  push(chunk: Uint8Array): void {
    // A small remainder must not keep a large buffer alive.
    this.#chunks.push(chunk.length * MOST_WASTE < chunk.buffer.byteLength ? new Uint8Array(chunk) : chunk);
    this.bytes += chunk.length;
  }

  /** The oldest chunk, or undefined if the queue is empty. */
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
