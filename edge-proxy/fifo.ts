/** Free places are removed once there are so many and they are half of all, or once the queue is empty. */
const COMPACT_FROM = 256;

/**
 * First in, first out; an item can be removed from anywhere. A Set alone would do, but is slow: it passes over whatever
 * was deleted at its front each time.
 */
export class Fifo<T> {
  readonly #wanted = new Set<T>();
  readonly #order: T[] = [];
  #at = 0;

  get size(): number {
    return this.#wanted.size;
  }

  add(item: T): void {
    this.#wanted.add(item);
    this.#order.push(item);
  }

  /** True where the item was in the queue. */
  delete(item: T): boolean {
    const was = this.#wanted.delete(item);
    this.#compact();
    return was;
  }

  /** Removes and returns the first item. */
  take(): T | undefined {
    while (this.#at < this.#order.length) {
      const item = this.#order[this.#at++] as T;
      const was = this.#wanted.delete(item);
      this.#compact();
      if (was) return item;
    }
    return undefined;
  }

  /** Frees the items that are gone: with an empty queue, nobody may come to do it later. */
  #compact(): void {
    const isEmpty = this.#wanted.size === 0;
    if (!isEmpty && (this.#at < COMPACT_FROM || this.#at * 2 < this.#order.length)) return;
    this.#order.splice(0, isEmpty ? this.#order.length : this.#at);
    this.#at = 0;
  }
}
