import type { Route } from "../api-client/answers.ts";

/** A login that waits for a hold to end. */
export interface HoldWaiter {
  /** The hold may have ended: its route must be looked up again. */
  mayGoOn(): void;
}

/** The stores on hold, and the logins that wait because of a hold, theirs or their account's. */
export class Holds {
  #stores: ReadonlySet<string> = new Set();
  /** By the UUID of the account. */
  readonly #waiting = new Map<string, Set<HoldWaiter>>();
  #count = 0;

  /** Logins that wait. */
  get waiting(): number {
    return this.#count;
  }

  /** Which hold a login with this route waits for. */
  heldBy({
    hold,
    mailHost: [first = ""],
  }: Pick<Route, "hold" | "mailHost">): "account" | "store" | undefined {
    if (hold !== undefined) return "account";
    return this.#stores.has(first) ? "store" : undefined;
  }

  isStoreHeld(store: string): boolean {
    return this.#stores.has(store);
  }

  /** Takes a login in, unless `most` wait already. It leaves by itself. */
  enter(uuid: string, waiter: HoldWaiter, most: number): boolean {
    if (this.#count >= most) return false;
    const own = this.#waiting.get(uuid) ?? new Set();
    this.#waiting.set(uuid, own.add(waiter));
    this.#count++;
    return true;
  }

  leave(uuid: string, waiter: HoldWaiter): void {
    const own = this.#waiting.get(uuid);
    if (own?.delete(waiter) !== true) return;
    this.#count--;
    if (own.size === 0) this.#waiting.delete(uuid);
  }

  /** The account's entry was written. */
  changed(uuid: string): void {
    for (const waiter of this.#waiting.get(uuid) ?? []) waiter.mayGoOn();
  }

  /** Anything may have changed. */
  anyChanged(): void {
    for (const waiters of this.#waiting.values()) for (const waiter of waiters) waiter.mayGoOn();
  }

  /** These stores are on hold, and no others. */
  replaceStores(stores: readonly string[]): void {
    const isRelease = [...this.#stores].some((store) => !stores.includes(store));
    this.#stores = new Set(stores);
    if (isRelease) this.anyChanged();
  }
}
