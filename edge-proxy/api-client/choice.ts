import type { Timers } from "../timer-wheel.ts";
import { type BackOff, backOffSeconds } from "./back-off.ts";
import type { ApiPool } from "./pool.ts";

/** One address of the route API, and what is known of its health. */
export interface ApiPlace {
  readonly pool: ApiPool;
  failures: number;
  /** Passed over until then. */
  downUntilMs: number;
}

/** How long an address that failed is passed over. */
const RETRY: BackOff = { firstSeconds: 0.5, longestSeconds: 30 };

/**
 * Which address to ask: the same one as long as it is well, then the next that is. Begins at one by chance, so that
 * edges spread over them.
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

  /** The first that is well, but for those in `tried`; where none is, the one that may be soonest. */
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

  fell(place: ApiPlace): void {
    const { nowMs } = this.#timers;
    // Those that were under way together fail together: that is one failure.
    if (place.downUntilMs > nowMs) return;
    place.failures++;
    place.downUntilMs = nowMs + backOffSeconds(RETRY, place.failures, this.#random) * 1000;
  }

  answered(place: ApiPlace): void {
    place.failures = 0;
    place.downUntilMs = 0;
  }
}
