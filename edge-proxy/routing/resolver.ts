import type { ClaimsRequest } from "../../route-api/contract/claims.ts";
import type { RouteSearch } from "../../route-api/contract/search.ts";
import type { ClaimsAnswer, RouteAnswer } from "../api-client/answers.ts";
import type { RouteClient, RouteRequest } from "../api-client/client.ts";
import type { RouteCacheConfig } from "../config/route-cache.ts";
import type { Timers } from "../timer-wheel.ts";
import type { CachedRoute } from "./cache.ts";
import { routeKey, searchKey } from "./keys.ts";
import type { KnownRoute, RouteMemory } from "./memory.ts";

interface Waiting {
  /** Of the session that waits, for the API's log. */
  readonly sid?: string | undefined;
}

/** Who waits for a route. */
export interface RouteWaiter extends Waiting {
  resolved(answer: RouteAnswer): void;
}

/** Who waits to hear who claims a name. */
export interface ClaimsWaiter extends Waiting {
  claimed(answer: ClaimsAnswer): void;
}

export interface RouteSource {
  /** Finds the route of a login name; tells the waiter at once where it is cached, else within `lookupSeconds`. */
  resolve(login: string, waiter: RouteWaiter): void;
  /** The same for the one entry that matches a search. */
  search(search: RouteSearch, waiter: RouteWaiter): void;
}

/** What a login would find in the cache. */
export interface CachedVerdict {
  standing: Standing;
  ageSeconds: number;
  /** It is a route; else that nobody has the name. */
  leads: boolean;
}

export interface Resolver extends RouteSource {
  /** The same, but the API is asked even where the route is cached, which a store has called out of date. */
  readonly anew: RouteSource;
  /** What is cached for a login name, without any effect on the cache; undefined where nothing is. */
  cached(login: string): CachedVerdict | undefined;
  /** Finds every entry that claims a name. Never from a cache: the API reads consistently, each time. */
  claims(wanted: ClaimsRequest, waiter: ClaimsWaiter): void;
}

type CacheTimes = Pick<
  RouteCacheConfig,
  | "freshSeconds"
  | "followedSeconds"
  | "feedSilentSeconds"
  | "staleSeconds"
  | "negativeSeconds"
  | "replicaSeconds"
  | "lookupSeconds"
>;

export interface ResolverOptions extends CacheTimes {
  client: Pick<RouteClient, "lookup" | "claims" | "recoversUntilMs">;
  timers: Pick<Timers, "nowMs" | "set">;
  memory: RouteMemory;
  /** When the change feed answered last. */
  feed: { readonly answeredMs: number };
  /** Asks other workers of the host, where the API cannot be asked. */
  askElsewhere(key: string, answered: (known: KnownRoute | undefined) => void): void;
}

/** Part of its fresh time after which a route that is used is refreshed, so that nobody waits later. */
const REFRESH_AHEAD = 0.9;
/** How often a look-up is repeated while changes overtake its answers. */
const ASKS_MAX = 4;

/** The first pause before a route is asked for again that the API's replica has not got yet; each next one is twice as long. */
const REPLICA_PAUSE_SECONDS = 0.1;

const BEHIND: RouteAnswer = {
  is: "unavailable",
  detail: "an announced change has not reached the route API's replica yet",
};

/** How far a cached answer may be relied on. */
export type Standing =
  /** Used as it is. */
  | "fresh"
  /** Used, and refreshed ahead of time. */
  | "ageing"
  /** Used, and refreshed. */
  | "stale"
  /** Used only where the API is unavailable. */
  | "suspect"
  | "spent";

/** A look-up in flight, for all that wait for it. */
interface Flight extends RouteRequest {
  readonly key: string;
  readonly waiters: RouteWaiter[];
  certain: boolean;
  askedMs: number;
  askedMark: number;
  asks: number;
  /** Until then an answer that is older than an announced change is asked for again, after a pause. */
  readonly replicaUntilMs: number;
  replicaPauseSeconds: number;
}

/** Finds routes in the memory, and asks the API for those that are missing or too old. */
export class RouteResolver implements Resolver {
  readonly anew: RouteSource;
  readonly #options: ResolverOptions;
  readonly #memory: RouteMemory;
  readonly #flights = new Map<string, Flight>();
  readonly #freshMs: number;
  readonly #followedMs: number;
  readonly #silentMs: number;
  readonly #staleMs: number;
  readonly #negativeMs: number;

  constructor(options: ResolverOptions) {
    const { freshSeconds, followedSeconds } = options;
    this.#options = options;
    this.#memory = options.memory;
    this.#freshMs = freshSeconds * 1000;
    // An operator who wants a look-up at every login wants it with a feed, too.
    this.#followedMs = freshSeconds === 0 ? 0 : Math.max(freshSeconds, followedSeconds) * 1000;
    this.#silentMs = options.feedSilentSeconds * 1000;
    this.#staleMs = options.staleSeconds * 1000;
    this.#negativeMs = options.negativeSeconds * 1000;
    this.anew = {
      resolve: (login, waiter) => this.#join(login, routeKey(login), waiter, true),
      search: (search, waiter) => this.#join(search, searchKey(search), waiter, true),
    };
  }

  resolve(login: string, waiter: RouteWaiter): void {
    this.#find(login, routeKey(login), waiter);
  }

  search(search: RouteSearch, waiter: RouteWaiter): void {
    this.#find(search, searchKey(search), waiter);
  }

  cached(login: string): CachedVerdict | undefined {
    const entry = this.#memory.find(routeKey(login));
    if (entry === undefined) return undefined;
    const ageSeconds = (this.#options.timers.nowMs - entry.askedMs) / 1000;
    return { standing: this.#standing(entry), ageSeconds, leads: entry.answer.is === "route" };
  }

  claims(wanted: ClaimsRequest, waiter: ClaimsWaiter): void {
    const { client, timers, lookupSeconds } = this.#options;
    client.claims({
      wanted,
      certain: true,
      deadlineMs: timers.nowMs + lookupSeconds * 1000,
      sid: waiter.sid,
      answered: (answer) => waiter.claimed(answer),
    });
  }

  #find(wanted: string | RouteSearch, key: string, waiter: RouteWaiter): void {
    const memory = this.#memory;
    const { counters } = memory;
    const entry = memory.find(key);
    if (entry !== undefined) {
      const standing = this.#standing(entry);
      switch (standing) {
        case "fresh":
        case "ageing":
        case "stale":
          entry.used = true;
          if (standing === "stale") counters.staleHits++;
          else if (entry.answer.is === "route") counters.hits++;
          else counters.negativeHits++;
          if (standing !== "fresh") this.#refresh(wanted, key);
          return waiter.resolved(entry.answer);
        case "spent":
          memory.forget(entry);
          break;
        case "suspect":
          break;
        default:
          standing satisfies never;
      }
    }
    this.#join(wanted, key, waiter, false);
  }

  /** Waits for the API's answer: to the look-up that is in flight, or to a new one. */
  #join(wanted: string | RouteSearch, key: string, waiter: RouteWaiter, certain: boolean): void {
    this.#memory.counters.misses++;
    const flight = this.#flights.get(key);
    if (flight === undefined) this.#take(wanted, key, [waiter], certain);
    else flight.waiters.push(waiter);
  }

  #standing(entry: CachedRoute): Standing {
    const { timers, feed } = this.#options;
    const now = timers.nowMs;
    const age = now - entry.askedMs;
    const suspect = this.#memory.isSuspect(entry);
    if (entry.answer.is !== "route") return !suspect && age < this.#negativeMs ? "fresh" : "spent";
    const followed = now - feed.answeredMs < this.#silentMs && !this.#memory.isUnsure(entry);
    const freshMs = followed ? this.#followedMs : this.#freshMs;
    if (age >= freshMs + this.#staleMs) return "spent";
    if (suspect) return "suspect";
    if (age < freshMs * REFRESH_AHEAD) return "fresh";
    return age < freshMs ? "ageing" : "stale";
  }

  #refresh(wanted: string | RouteSearch, key: string): void {
    const { client, timers } = this.#options;
    if (timers.nowMs < client.recoversUntilMs || this.#flights.has(key)) return;
    this.#take(wanted, key, [], false);
  }

  #take(wanted: string | RouteSearch, key: string, waiters: RouteWaiter[], certain: boolean): void {
    const { timers, lookupSeconds, replicaSeconds } = this.#options;
    const flight: Flight = {
      wanted,
      key,
      waiters,
      deadlineMs: timers.nowMs + lookupSeconds * 1000,
      certain,
      // Of those that come later, too: they wait for the same answer.
      sid: waiters[0]?.sid,
      askedMs: 0,
      askedMark: 0,
      asks: 0,
      replicaUntilMs: timers.nowMs + Math.min(lookupSeconds, replicaSeconds) * 1000,
      replicaPauseSeconds: REPLICA_PAUSE_SECONDS,
      answered: (answer) => this.#land(flight, answer),
    };
    this.#flights.set(key, flight);
    this.#ask(flight);
  }

  #ask(flight: Flight): void {
    flight.askedMs = this.#options.timers.nowMs;
    flight.askedMark = this.#memory.mark;
    flight.certain ||= this.#memory.hasJustChanged(flight.key);
    flight.asks++;
    this.#memory.counters.lookups++;
    this.#options.client.lookup(flight);
  }

  #land(flight: Flight, answer: RouteAnswer): void {
    const { key, askedMs, askedMark } = flight;
    if (answer.is === "unavailable") {
      this.#memory.counters.failures++;
      const cached = this.#lastResort(flight);
      if (cached !== undefined || flight.waiters.length === 0) this.#end(flight, cached ?? answer);
      else this.#askElsewhere(flight, answer);
    } else if (this.#memory.isOvertaken(askedMark, key, answer)) this.#askAgain(flight);
    else {
      const agreement = this.#memory.agreement(key, answer);
      if (agreement !== "agrees") return this.#askLater(flight, agreement === "earlier" ? answer : BEHIND);
      this.#memory.learn(key, { answer, askedMs, askedMark });
      this.#end(flight, answer);
    }
  }

  #askAgain(flight: Flight): void {
    this.#memory.counters.overtaken++;
    if (flight.waiters.length === 0) this.#flights.delete(flight.key);
    else if (flight.asks < ASKS_MAX) this.#ask(flight);
    else this.#end(flight, { is: "unavailable", detail: "the route changed again during each look-up" });
  }

  /** The API has not got yet what was announced: asks until it has, for a while. `lastly` is the answer then; it is not cached. */
  #askLater(flight: Flight, lastly: RouteAnswer): void {
    const { timers } = this.#options;
    this.#memory.counters.overtaken++;
    if (flight.waiters.length === 0) return void this.#flights.delete(flight.key);
    const leftSeconds = (flight.replicaUntilMs - timers.nowMs) / 1000;
    if (leftSeconds <= 0) return this.#end(flight, lastly);
    timers.set(
      { due: -1, expire: () => this.#ask(flight) },
      Math.min(flight.replicaPauseSeconds, leftSeconds),
    );
    flight.replicaPauseSeconds *= 2;
  }

  /** The cached route, where no change of it was announced. */
  #lastResort({ key, waiters }: Flight): RouteAnswer | undefined {
    const entry = this.#memory.find(key);
    if (entry === undefined || this.#standing(entry) === "spent") return undefined;
    this.#memory.counters.staleHits += waiters.length;
    return entry.answer;
  }

  /** Another worker of the host may have it. */
  #askElsewhere(flight: Flight, answer: RouteAnswer): void {
    this.#options.askElsewhere(flight.key, (known) => {
      if (known !== undefined) this.#memory.recall(known);
      this.#end(flight, this.#lastResort(flight) ?? answer);
    });
  }

  #end({ key, waiters }: Flight, answer: RouteAnswer): void {
    this.#flights.delete(key);
    for (const waiter of waiters) waiter.resolved(answer);
  }
}
