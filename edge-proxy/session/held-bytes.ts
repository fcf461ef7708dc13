/** A session that holds bytes: for a slow reader, or of a client that leaves a command unfinished. */
export interface Holder {
  /** Counts what it holds now. */
  recount(): number;
  /** Ends the session, which then holds nothing. */
  giveUp(): void;
}

/** Share of the limit past which nobody should read more. */
const TIGHT_SHARE = 0.5;
/** Past the limit, sessions end until no more than this share of it is held. */
const RELIEF_SHARE = 0.9;

/**
 * A bound on the bytes that all sessions of a process hold together. Past the limit those that have held bytes for the
 * longest time end: sessions that hold some for a moment are never shut out by those that stall.
 */
export class HeldBytes {
  limitBytes: number;
  #usedBytes = 0;
  /** What each holds, in the order in which they began to. */
  readonly #holders = new Map<Holder, number>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** How many hold any. */
  get holders(): number {
    return this.#holders.size;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** True where holders should stop reading. */
  get tight(): boolean {
    return this.#usedBytes > this.limitBytes * TIGHT_SHARE;
  }

  /** A holder has taken in more. Ends sessions, perhaps its own, where all together hold too much. */
  hold(holder: Holder): void {
    this.#count(holder);
    if (this.#usedBytes <= this.limitBytes) return;
    // Bytes that went out piece by piece were not reported.
    for (const each of this.#holders.keys()) this.#count(each);
    if (this.#usedBytes <= this.limitBytes) return;
    for (const each of [...this.#holders.keys()]) {
      if (this.#usedBytes <= this.limitBytes * RELIEF_SHARE) return;
      each.giveUp();
    }
  }

  /** A holder holds nothing any more. */
  release(holder: Holder): void {
    const held = this.#holders.get(holder);
    if (held === undefined) return;
    this.#usedBytes -= held;
    this.#holders.delete(holder);
  }

  #count(holder: Holder): void {
    const held = holder.recount();
    this.#usedBytes += held - (this.#holders.get(holder) ?? 0);
    this.#holders.set(holder, held);
  }
}
