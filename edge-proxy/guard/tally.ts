/**
 * How many of something each key has: connections of a client, sessions of a user. Keys without any take no room.
 * The other workers of the host may say what they have, and that counts too.
 */
export class Tally {
  readonly #own = new Map<string, number>();
  /** By worker; and all of them together. */
  readonly #workers = new Map<number, Map<string, number>>();
  readonly #others = new Map<string, number>();
  /** Keys of which the others have not been told how many there are now. */
  readonly #untold = new Set<string>();
  /** Whether anybody wants to be told. */
  shared = false;

  /** Keys that have any in this process. */
  get size(): number {
    return this.#own.size;
  }

  count(key: string): number {
    return (this.#own.get(key) ?? 0) + (this.#others.get(key) ?? 0);
  }

  /** One more; false, and nothing is counted, where there are as many as there may be. */
  enter(key: string, limit: number): boolean {
    if (this.count(key) >= limit) return false;
    this.#set(key, (this.#own.get(key) ?? 0) + 1);
    return true;
  }

  /** One less. */
  leave(key: string): void {
    this.#set(key, (this.#own.get(key) ?? 0) - 1);
  }

  /** What is new for the other workers since the last time: how many there are now. */
  takeNews(): [key: string, count: number][] {
    const news = [...this.#untold].map((key): [string, number] => [key, this.#own.get(key) ?? 0]);
    this.#untold.clear();
    return news;
  }

  /** Everything counts as news: a worker that has just begun knows nothing. */
  tellAll(): void {
    for (const key of this.#own.keys()) this.#untold.add(key);
  }

  /** What a worker has now. */
  heard(worker: number, news: Iterable<readonly [key: string, count: number]>): void {
    const known = this.#workers.get(worker) ?? new Map<string, number>();
    this.#workers.set(worker, known);
    for (const [key, count] of news) {
      add(this.#others, key, count - (known.get(key) ?? 0));
      if (count > 0) known.set(key, count);
      else known.delete(key);
    }
  }

  /** A worker is gone, and all it had. */
  forget(worker: number): void {
    for (const [key, count] of this.#workers.get(worker) ?? []) add(this.#others, key, -count);
    this.#workers.delete(worker);
  }

  #set(key: string, count: number): void {
    if (count > 0) this.#own.set(key, count);
    else this.#own.delete(key);
    if (this.shared) this.#untold.add(key);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
