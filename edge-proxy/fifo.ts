/** Places that were taken are given back once there are so many, and they are the half; or once nothing waits. */
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
    const was = this.#wanted.delete(item);
    this.#giveBack();
    return was;
  }

  /** Takes the first one out. */
  take(): T | undefined {
    while (this.#at < this.#order.length) {
      const item = this.#order[this.#at++] as T;
      const was = this.#wanted.delete(item);
      this.#giveBack();
      if (was) return item;
    }
    return undefined;
  }

  /** Items that are gone must not be held by their places: with none left, nobody may come to take them. */
  #giveBack(): void {
    const isEmpty = this.#wanted.size === 0;
    if (!isEmpty && (this.#at < GIVE_BACK || this.#at * 2 < this.#order.length)) return;
    this.#order.splice(0, isEmpty ? this.#order.length : this.#at);
    this.#at = 0;
  }
}
