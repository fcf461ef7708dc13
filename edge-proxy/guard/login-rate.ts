import type { Timed, Timers } from "../timer-wheel.ts";
import type { Shared } from "./exchange.ts";

export interface LoginRateOptions {
  perSecond: number;
  /** As many logins at once may a client begin that has begun none for a while. */
  burst: number;
  /** Clients that are remembered; past it the one that logged in the longest ago is forgotten. */
  entries: number;
  timers: Timers;
  /** Called when there is something to tell other workers; returns whether there are any. */
  news?: () => boolean;
}

/** What a client still had at some time. */
interface Bucket {
  tokens: number;
  atMs: number;
}

/** Logins a second of each client, by token buckets. A bucket that is full again is dropped. */
export class LoginRate implements Timed, Shared {
  due = -1;
  readonly #options: LoginRateOptions;
  /** In the order in which they were last taken from. */
  readonly #buckets = new Map<string, Bucket>();
  /** Logins that the other workers have not been told of. */
  readonly #untold = new Map<string, number>();

  constructor(options: LoginRateOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one login; false where the client has begun too many. */
  take(client: string): boolean {
    const tokens = this.#tokens(client);
    if (tokens < 1) return false;
    this.#put(client, tokens - 1);
    if (this.#options.news?.() === true) this.#untold.set(client, (this.#untold.get(client) ?? 0) + 1);
    return true;
  }

  /** How many logins each client has begun. */
  takeNews(): [client: string, logins: number][] {
    const news = [...this.#untold];
    this.#untold.clear();
    return news;
  }

  heard(_worker: number, news: Iterable<readonly [client: string, logins: number]>): void {
    for (const [client, logins] of news) this.#put(client, Math.max(0, this.#tokens(client) - logins));
  }

  /** What began before a worker came or went does not matter. */
  tellAll(): void {}
  forget(): void {}

  /** Drops the buckets that are full again. */
  expire(): void {
    const full = this.#options.timers.nowMs - this.#fillMs();
    for (const [client, { atMs }] of this.#buckets) {
      if (atMs > full) break;
      this.#buckets.delete(client);
    }
    this.#sweepLater();
  }

  close(): void {
    this.#options.timers.clear(this);
    this.#buckets.clear();
  }

  #tokens(client: string): number {
    const { perSecond, burst, timers } = this.#options;
    const bucket = this.#buckets.get(client);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.tokens + ((timers.nowMs - bucket.atMs) / 1000) * perSecond);
  }

  #put(client: string, tokens: number): void {
    const { nowMs } = this.#options.timers;
    const known = this.#buckets.get(client);
    // Within a tick the order does not matter, and moving an entry costs: maps keep what was deleted until they are rebuilt.
    if (known?.atMs === nowMs) {
      known.tokens = tokens;
      return;
    }
    const isFirst = this.#buckets.size === 0;
    this.#buckets.delete(client);
    this.#buckets.set(client, { tokens, atMs: nowMs });
    if (isFirst) this.#sweepLater();
    if (this.#buckets.size <= this.#options.entries) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }

  #sweepLater(): void {
    if (this.#buckets.size > 0) this.#options.timers.set(this, this.#fillMs() / 1000);
  }

  /** After as long without a login every bucket is full. */
  #fillMs(): number {
    return (this.#options.burst / this.#options.perSecond) * 1000;
  }
}
