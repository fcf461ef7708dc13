/** When something was told of: the how-manieth change it was, and the time. */
export interface Told {
  mark: number;
  atMs: number;
}

const NEVER: Told = { mark: 0, atMs: Number.NEGATIVE_INFINITY };
/** Names kept of each of two spans; more at once, and everything counts as told of. */
const NAMES_MAX = 20_000;

/**
 * What changes were told of lately. An answer that was asked for before a change of its name or account may be older
 * than the change, however late it comes: this is how one knows. Kept for a span of time, then forgotten.
 */
export class ToldLately {
  /** Changes told of so far. */
  mark = 0;
  #all = NEVER;
  #names = new Map<string, Told>();
  #earlier = new Map<string, Told>();
  #spanBeganMs = Number.NEGATIVE_INFINITY;
  readonly #spanMs: number;

  /** What is told is known for `spanMs` at least. */
  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** A change of something. */
  tell(name: string, nowMs: number): void {
    if (nowMs - this.#spanBeganMs > this.#spanMs) {
      this.#earlier = this.#names;
      this.#names = new Map();
      this.#spanBeganMs = nowMs;
    }
    this.#names.set(name, { mark: ++this.mark, atMs: nowMs });
    if (this.#names.size > NAMES_MAX) this.tellAll(nowMs);
  }

  /** Anything may have changed. */
  tellAll(nowMs: number): void {
    this.#all = { mark: ++this.mark, atMs: nowMs };
    this.#names.clear();
    this.#earlier.clear();
  }

  /** When a change of the name, or of anything, was told of last. */
  last(name: string): Told {
    const told = this.#names.get(name) ?? this.#earlier.get(name) ?? NEVER;
    return told.mark > this.#all.mark ? told : this.#all;
  }

  /** Was there one since as many had been told of? */
  since(mark: number, name: string): boolean {
    return this.last(name).mark > mark;
  }
}
