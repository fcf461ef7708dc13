import type { Shared } from "./exchange.ts";

/** A place that was taken, to be given back once. */
export interface Place {
  leave(): void;
}

/** A place where nothing is counted. */
export const NO_PLACE: Place = { leave() {} };

/**
 * How many of something each key has: connections of a client, sessions of a user. Keys without any take no room.
 * What the other workers of the host have counts too, as far as they have said.
 */
export class Tally implements Shared {
  readonly #own = new Map<string, number>();
  /** By worker; and all of them together. */
  readonly #workers = new Map<number, Map<string, number>>();
  readonly #others = new Map<string, number>();
  readonly #news: () => boolean;
  /** Keys of which the others have not been told how many there are now. */
  readonly #untold = new Set<string>();

  /** `news` is called when there is something to tell other workers; it returns whether there are any. */
  constructor(news: () => boolean = () => false) {
    this.#news = news;
  }

  /** Keys that have any in this process. */
  get size(): number {
    return this.#own.size;
  }

  count(key: string): number {
    return (this.#own.get(key) ?? 0) + (this.#others.get(key) ?? 0);
  }

  /** One more; undefined, and nothing is counted, where there are as many as there may be. */
  enter(key: string, limit: number): Place | undefined {
    if (this.count(key) >= limit) return undefined;
    this.#add(key, 1);
    return new TallyPlace(this, key);
  }

  /** One less. */
  leave(key: string): void {
    this.#add(key, -1);
  }

  /** Each key with how many there are now. */
  takeNews(): [key: string, count: number][] {
    const news = [...this.#untold].map((key): [string, number] => [key, this.#own.get(key) ?? 0]);
    this.#untold.clear();
    return news;
  }

  tellAll(): void {
    if (this.#own.size === 0 || !this.#news()) return;
    for (const key of this.#own.keys()) this.#untold.add(key);
  }

  heard(worker: number, news: Iterable<readonly [key: string, count: number]>): void {
    const known = this.#workers.get(worker) ?? new Map<string, number>();
    this.#workers.set(worker, known);
    for (const [key, count] of news) {
      add(this.#others, key, count - (known.get(key) ?? 0));
      if (count > 0) known.set(key, count);
      else known.delete(key);
    }
  }

  forget(worker: number): void {
    for (const [key, count] of this.#workers.get(worker) ?? []) add(this.#others, key, -count);
    this.#workers.delete(worker);
  }

  #add(key: string, change: 1 | -1): void {
    add(this.#own, key, change);
    if (this.#news()) this.#untold.add(key);
  }
}

class TallyPlace implements Place {
  /** Undefined once it has been left. */
  #tally: Tally | undefined;
  readonly #key: string;

  constructor(tally: Tally, key: string) {
    this.#tally = tally;
    this.#key = key;
  }

  leave(): void {
    this.#tally?.leave(this.#key);
    this.#tally = undefined;
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
