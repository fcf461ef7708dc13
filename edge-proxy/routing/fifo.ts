/** Places that were taken are given back once there are so many, and they are the half. */
const GIVE_BACK = 256;

/**
 * First in, first out; what is no longer wanted can be taken out anywhere. An engine's own Set would do but for its
 * speed: it passes over all that was deleted at its front each time.
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

  /** True where it was there. */
  delete(item: T): boolean {
    return this.#wanted.delete(item);
  }

  /** Takes the first one out. */
  take(): T | undefined {
    while (this.#at < this.#order.length) {
      const item = this.#order[this.#at++] as T;
      if (this.#at >= GIVE_BACK && this.#at * 2 >= this.#order.length) {
        this.#order.splice(0, this.#at);
        this.#at = 0;
      }
      if (this.#wanted.delete(item)) return item;
    }
    return undefined;
  }
}
