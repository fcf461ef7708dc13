/** What a kick ends: the sessions of an account, or those at a store. */
export type Kicked = "account" | "store";

/** Kicks that are remembered: more than can matter, and few enough to cost nothing. */
const MARKS_MAX = 1000;

/**
 * Kicks that logins in progress must not survive: a login that began before a kick may know of a route, or have reached
 * a store, that it must not use any more. It asks again when the store lets the user in.
 */
export class Kicks {
  /** Numbers of the latest kicks, oldest first. */
  readonly #marks = new Map<string, number>();
  #latest = 0;

  /** Number of the latest kick: a login keeps it when it begins. */
  get latest(): number {
    return this.#latest;
  }

  /** Kicks that are remembered. */
  get size(): number {
    return this.#marks.size;
  }

  mark(kicked: Kicked, name: string): void {
    const key = `${kicked} ${name}`;
    this.#marks.delete(key);
    this.#marks.set(key, ++this.#latest);
    if (this.#marks.size > MARKS_MAX) this.#marks.delete(this.#marks.keys().next().value ?? "");
  }

  /** Whether the account, or the store, was kicked after the kick with this number. */
  since(number: number, account: string | undefined, store: string | undefined): boolean {
    if (number === this.#latest) return false;
    const isLater = (key: string): boolean => (this.#marks.get(key) ?? 0) > number;
    return isLater(`account ${account}`) || isLater(`store ${store}`);
  }
}
