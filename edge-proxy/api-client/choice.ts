import type { Timers } from "../timer-wheel.ts";
import { type BackOff, backOffSeconds } from "./back-off.ts";
import type { ApiPool } from "./pool.ts";

/** One address of the route API, and its health. */
export interface ApiPlace {
  readonly pool: ApiPool;
  failures: number;
  /** Skipped until then. */
  downUntilMs: number;
}

/** How long an address that failed is skipped. */
const RETRY: BackOff = { firstSeconds: 0.5, longestSeconds: 30 };

/**
 * Chooses the address to ask: the same one while it works, then the next one that does. Starts at a random one, to spread
 * edges over all of them.
 */
export class ApiChoice {
  readonly places: readonly ApiPlace[];
  readonly #timers: Pick<Timers, "nowMs">;
  readonly #random: () => number;
  #current: number;

  constructor(pools: readonly ApiPool[], timers: Pick<Timers, "nowMs">, random: () => number) {
    this.places = pools.map((pool) => ({ pool, failures: 0, downUntilMs: 0 }));
    this.#timers = timers;
    this.#random = random;
    this.#current = Math.floor(random() * pools.length);
  }

  /** The first healthy address that is not in `tried`; where there is none, the one that is skipped for the shortest time. */
  next(tried: readonly ApiPlace[]): ApiPlace | undefined {
    let soonest: ApiPlace | undefined;
    for (let step = 0; step < this.places.length; step++) {
      const index = (this.#current + step) % this.places.length;
      const place = this.places[index];
      if (place === undefined || tried.includes(place)) continue;
      if (place.downUntilMs <= this.#timers.nowMs) {
        if (tried.length === 0) this.#current = index;
        return place;
      }
      if (soonest === undefined || place.downUntilMs < soonest.downUntilMs) soonest = place;
    }
    return soonest;
  }

  failed(place: ApiPlace): void {
    const { nowMs } = this.#timers;
    // Requests that were in flight together fail together: that is one failure.
    if (place.downUntilMs > nowMs) return;
    place.failures++;
    place.downUntilMs = nowMs + backOffSeconds(RETRY, place.failures, this.#random) * 1000;
  }

  answered(place: ApiPlace): void {
    place.failures = 0;
    place.downUntilMs = 0;
  }
}
