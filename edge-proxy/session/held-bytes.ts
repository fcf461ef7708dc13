/** Something that holds bytes until somebody else goes on: a slow reader, or a client that leaves a command unfinished. */
export interface Holder {
  /** Says anew how much it holds. */
  recount(): number;
  /** Ends its session, and holds nothing more. */
  giveUp(): void;
}

/** Share of the limit from which on nobody should take in more than has come already. */
const TIGHT_SHARE = 0.5;
/** Once past the limit, sessions end until this share of it is left. */
const RELIEF_SHARE = 0.9;

/**
 * What all sessions of a process may hold together, in bytes. Past the limit those that have held for the longest have
 * to go: whoever comes to hold for a moment is never shut out by those that sit.
 */
export class HeldBytes {
  limitBytes: number;
  #usedBytes = 0;
  /** In the order in which they began to hold. */
  readonly #holders = new Map<Holder, number>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** True where holders should read no more. */
  get tight(): boolean {
    return this.#usedBytes > this.limitBytes * TIGHT_SHARE;
  }

  /** A holder has taken more in. Ends sessions, its own perhaps, where all hold too much. */
  hold(holder: Holder): void {
    this.#count(holder);
    if (this.#usedBytes <= this.limitBytes) return;
    // What went out piece by piece was not told.
    for (const each of this.#holders.keys()) this.#count(each);
    if (this.#usedBytes <= this.limitBytes) return;
    for (const each of [...this.#holders.keys()]) {
      if (this.#usedBytes <= this.limitBytes * RELIEF_SHARE) return;
      each.giveUp();
    }
  }

  /** A holder holds nothing more. */
  release(holder: Holder): void {
    this.#usedBytes -= this.#holders.get(holder) ?? 0;
    this.#holders.delete(holder);
  }

  #count(holder: Holder): void {
    const held = holder.recount();
    this.#usedBytes += held - (this.#holders.get(holder) ?? 0);
    this.#holders.set(holder, held);
  }
}
