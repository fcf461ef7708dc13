import { Fifo } from "../fifo.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import { spreadEnd } from "./spread-ends.ts";
import type { Place } from "./tally.ts";

/** What one store may be given by this process. */
export interface StorePlaceLimits {
  /** Logins under way at once. */
  attempts: number;
  /** How long a login waits for its turn, in seconds. */
  attemptWaitSeconds: number;
  /** Logins under way and sessions; Infinity where there is no limit. */
  sessions: number;
  /** Time over which clients are disconnected whose sessions the store dropped all at once. */
  lostSessionsSeconds: number;
}

/** Which limit a login has met. */
export type StoreLimit = "store-attempts" | "store-sessions";

/** A login that wants to go to a store. It is told once, at once perhaps. */
export interface StoreCaller {
  admitted(place: StorePlace): void;
  refused(limit: StoreLimit): void;
}

interface Occupancy {
  /** As configured when the last login came. */
  attemptsMax: number;
  attempts: number;
  sessions: number;
  readonly waiting: Fifo<StorePlace>;
  /** When the next session that the store drops ends at an even pace. */
  nextEndMs: number;
  /** Somebody further up the stack is admitting those that wait: one that gives up at once must not nest. */
  admitting: boolean;
}

/** What a store has of this process now. */
export interface StoreUse {
  store: string;
  /** Logins under way, and those that wait for their turn. */
  attempts: number;
  waiting: number;
  sessions: number;
}

/** Logins under way and sessions by store, so that a slow store holds no more than its share. */
export class StorePlaces {
  readonly timers: Timers;
  readonly #stores = new Map<string, Occupancy>();

  constructor(timers: Timers) {
    this.timers = timers;
  }

  /** Stores that have any. */
  get size(): number {
    return this.#stores.size;
  }

  sessions(store: string): number {
    return this.#stores.get(store)?.sessions ?? 0;
  }

  attempts(store: string): number {
    return this.#stores.get(store)?.attempts ?? 0;
  }

  waiting(store: string): number {
    return this.#stores.get(store)?.waiting.size ?? 0;
  }

  /** All stores that have any. */
  inUse(): StoreUse[] {
    return [...this.#stores].map(([store, { attempts, sessions, waiting }]) => ({
      store,
      attempts,
      waiting: waiting.size,
      sessions,
    }));
  }

  /** Asks for a place for one login. Whoever is not refused leaves it. */
  enter(store: string, limits: StorePlaceLimits, caller: StoreCaller): StorePlace {
    const occupancy = this.#stores.get(store) ?? newOccupancy();
    const place = new StorePlace(this, store, limits, caller);
    occupancy.attemptsMax = limits.attempts;
    if (occupancy.attempts + occupancy.sessions >= limits.sessions) {
      place.refuse("store-sessions");
      return place;
    }
    this.#stores.set(store, occupancy);
    if (occupancy.attempts < limits.attempts) {
      occupancy.attempts++;
      place.admit();
    } else {
      occupancy.waiting.add(place);
      this.timers.set(place, limits.attemptWaitSeconds);
    }
    return place;
  }

  /** A place's login is over: a session follows, or nothing. */
  attemptOver(store: string, sessions: 0 | 1): void {
    const occupancy = this.#stores.get(store);
    if (occupancy === undefined) return;
    occupancy.attempts--;
    occupancy.sessions += sessions;
    this.#admitWaiting(occupancy);
    this.#tidy(store, occupancy);
  }

  sessionOver(store: string): void {
    const occupancy = this.#stores.get(store);
    if (occupancy === undefined) return;
    occupancy.sessions--;
    this.#tidy(store, occupancy);
  }

  /** The store has dropped a session: how long its client stays connected, in seconds. */
  endDelaySeconds(store: string, overSeconds: number): number {
    const occupancy = this.#stores.get(store);
    if (occupancy === undefined) return 0;
    const { nextEndMs, sessions } = occupancy;
    const end = spreadEnd(nextEndMs, this.timers.nowMs, sessions, overSeconds * 1000);
    occupancy.nextEndMs = end.nextMs;
    return end.delayMs / 1000;
  }

  /** A place waits no longer. */
  waitOver(store: string, place: StorePlace): void {
    this.timers.clear(place);
    const occupancy = this.#stores.get(store);
    occupancy?.waiting.delete(place);
    if (occupancy !== undefined) this.#tidy(store, occupancy);
  }

  #admitWaiting(occupancy: Occupancy): void {
    if (occupancy.admitting) return;
    occupancy.admitting = true;
    while (occupancy.attempts < occupancy.attemptsMax) {
      const next = occupancy.waiting.take();
      if (next === undefined) break;
      this.timers.clear(next);
      occupancy.attempts++;
      next.admit();
    }
    occupancy.admitting = false;
  }

  #tidy(store: string, { attempts, sessions, waiting }: Occupancy): void {
    if (attempts + sessions + waiting.size === 0) this.#stores.delete(store);
  }
}

const newOccupancy = (): Occupancy => ({
  attemptsMax: 0,
  attempts: 0,
  sessions: 0,
  waiting: new Fifo(),
  nextEndMs: 0,
  admitting: false,
});

/** What a login, and the session after it, has of a store. */
export class StorePlace implements Timed, Place {
  due = -1;
  readonly #places: StorePlaces;
  readonly #store: string;
  readonly #limits: StorePlaceLimits;
  /** Until it has been told: it holds a login, with its password. */
  #caller: StoreCaller | undefined;
  #state: "waiting" | "attempt" | "session" | "left" = "waiting";

  constructor(places: StorePlaces, store: string, limits: StorePlaceLimits, caller: StoreCaller) {
    this.#places = places;
    this.#store = store;
    this.#limits = limits;
    this.#caller = caller;
  }

  admit(): void {
    const caller = this.#caller;
    this.#caller = undefined;
    this.#state = "attempt";
    caller?.admitted(this);
  }

  refuse(limit: StoreLimit): void {
    const caller = this.#caller;
    this.#caller = undefined;
    this.#state = "left";
    caller?.refused(limit);
  }

  /** Its turn did not come in time. */
  expire(): void {
    if (this.#state !== "waiting") return;
    this.#places.waitOver(this.#store, this);
    this.refuse("store-attempts");
  }

  /** The store has let the user in. */
  becomeSession(): void {
    if (this.#state !== "attempt") return;
    this.#state = "session";
    this.#places.attemptOver(this.#store, 1);
  }

  /** The store has dropped its session: how long the client stays connected, in seconds. */
  endDelaySeconds(): number {
    return this.#places.endDelaySeconds(this.#store, this.#limits.lostSessionsSeconds);
  }

  /** Gives the place back, whatever it is by now. */
  leave(): void {
    const state = this.#state;
    this.#caller = undefined;
    this.#state = "left";
    switch (state) {
      case "waiting":
        return this.#places.waitOver(this.#store, this);
      case "attempt":
        return this.#places.attemptOver(this.#store, 0);
      case "session":
        return this.#places.sessionOver(this.#store);
      case "left":
        return;
      default:
        return state satisfies never;
    }
  }
}
