/** The cache keys that lead to each account. Most accounts have one, which is kept without a set around it. */
export class AccountKeys {
  readonly #keys = new Map<string, string | Set<string>>();

  add(uuid: string, key: string): void {
    const known = this.#keys.get(uuid);
    if (known === undefined) this.#keys.set(uuid, key);
    else if (typeof known !== "string") known.add(key);
    else if (known !== key) this.#keys.set(uuid, new Set([known, key]));
  }

  delete(uuid: string, key: string): void {
    const known = this.#keys.get(uuid);
    if (known === undefined) return;
    if (typeof known === "string") {
      if (known === key) this.#keys.delete(uuid);
      return;
    }
    known.delete(key);
    if (known.size === 0) this.#keys.delete(uuid);
  }

  /** A copy of an account's keys. */
  of(uuid: string): string[] {
    const known = this.#keys.get(uuid);
    if (known === undefined) return [];
    return typeof known === "string" ? [known] : [...known];
  }
}
