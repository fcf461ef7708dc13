/** What an announced change says of a name, or of the account. */
export interface Said {
  uuid: string;
  /** Number of the write that it announces. */
  write: number;
  /** The name leads to the account; else it no longer does. */
  leads: boolean;
}

/** When a change was announced: its sequence number, and the time. */
export interface Told {
  mark: number;
  atMs: number;
  /** Absent if the change had no number, or anything may have changed. */
  said?: Said | undefined;
}

const NEVER: Told = { mark: 0, atMs: Number.NEGATIVE_INFINITY };
/** Names kept for each of two spans; past it, everything counts as changed. */
const NAMES_MAX = 20_000;

/**
 * The changes that were announced recently. An answer that was asked for before a change of its name or account may be
 * older than the change, however late it arrives: this is how to tell. Forgets after a span of time.
 */
export class ToldLately {
  /** Changes announced so far. */
  mark = 0;
  #all = NEVER;
  #names = new Map<string, Told>();
  #earlier = new Map<string, Told>();
  #spanBeganMs = Number.NEGATIVE_INFINITY;
  readonly #spanMs: number;

  /** Remembers each change for `spanMs` at least. */
  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** A change of `name` was announced. */
  tell(name: string, nowMs: number, said?: Said): void {
    if (nowMs - this.#spanBeganMs > this.#spanMs) {
      this.#earlier = this.#names;
      this.#names = new Map();
      this.#spanBeganMs = nowMs;
    }
    const known = this.last(name).said;
    // The account that has lost the name may be told of after the one that has it now.
    const keeps = known?.leads === true && said?.leads === false && known.uuid !== said.uuid;
    this.#names.set(name, { mark: ++this.mark, atMs: nowMs, said: keeps ? known : said });
    if (this.#names.size > NAMES_MAX) this.tellAll(nowMs);
  }

  /** Anything may have changed. */
  tellAll(nowMs: number): void {
    this.#all = { mark: ++this.mark, atMs: nowMs };
    this.#names.clear();
    this.#earlier.clear();
  }

  /** When it was announced last that anything may have changed. */
  get allAtMs(): number {
    return this.#all.atMs;
  }

  /** True where a change of this very name was announced lately. */
  has(name: string): boolean {
    return this.#names.has(name) || this.#earlier.has(name);
  }

  /** When a change of the name, or of anything, was announced last. */
  last(name: string): Told {
    const told = this.#names.get(name) ?? this.#earlier.get(name) ?? NEVER;
    return told.mark > this.#all.mark ? told : this.#all;
  }

  /** True where a change of the name followed the first `mark` changes. */
  since(mark: number, name: string): boolean {
    return this.last(name).mark > mark;
  }
}
