import type { Change } from "../../route-api/contract.ts";
import type { RouteCacheConfig } from "../config/instance.ts";
import type { Timers } from "../timer-wheel.ts";
import type { FeedFollower } from "./change-feed.ts";
import type { RouteCounters } from "./counters.ts";
import type { RouteAnswer } from "./route-answer.ts";
import { type CachedRoute, type Learned, RouteCache } from "./route-cache.ts";
import type { RouteClient, RouteRequest } from "./route-client.ts";
import { routeKey } from "./route-key.ts";
import { ToldLately } from "./told-lately.ts";

/** Who waits for a route. */
export interface RouteWaiter {
  resolved(answer: RouteAnswer): void;
}

export interface Resolver {
  /** Finds the route of a login name; tells the waiter at once where the cache knows it, else in `lookupSeconds`. */
  resolve(login: string, waiter: RouteWaiter): void;
}

type CacheTimes = Pick<
  RouteCacheConfig,
  | "freshSeconds"
  | "followedSeconds"
  | "feedSilentSeconds"
  | "staleSeconds"
  | "negativeSeconds"
  | "bytes"
  | "lookupSeconds"
>;

export interface ResolverOptions extends CacheTimes {
  client: Pick<RouteClient, "lookup">;
  timers: Pick<Timers, "nowMs">;
  /** The feed that tells it of changes. */
  feed: { readonly answeredMs: number };
  counters: RouteCounters;
}

/** Share of the cache for names that are unknown: guessing names must not push out the routes of users. */
const NEGATIVE_SHARE = 1 / 8;
/** Part of its fresh time from which on a route that is used is asked for anew, so that nobody waits later. */
const REFRESH_AHEAD = 0.9;
/** For as long after a change was told of, in milliseconds, a copy that the API reads may lack it. */
const COPIES_LAG_MS = 5000;
/** How often one look-up is asked while changes overtake its answers. */
const ASKS_MAX = 4;

/** What an entry is good for. */
type Standing =
  /** Used as it is. */
  | "fresh"
  /** Used, and asked for ahead of time. */
  | "ageing"
  /** Used, and asked for. */
  | "stale"
  /** Used only where the API cannot be asked. */
  | "suspect"
  | "spent";

/** One look-up under way, for however many wait. */
interface Flight extends RouteRequest {
  readonly key: string;
  readonly waiters: RouteWaiter[];
  certain: boolean;
  askedMs: number;
  askedMark: number;
  asks: number;
}

/** Finds routes by the cache and the route API, and drops them as the feed tells of changes. */
export class RouteResolver implements Resolver, FeedFollower {
  readonly silentSeconds: number;
  readonly #options: ResolverOptions;
  readonly #counters: RouteCounters;
  readonly #routes: RouteCache;
  readonly #negatives: RouteCache;
  readonly #told: ToldLately;
  readonly #flights = new Map<string, Flight>();
  /** What was asked for before as many changes is suspect. */
  #suspectBefore = 0;
  readonly #freshMs: number;
  readonly #followedMs: number;
  readonly #silentMs: number;
  readonly #staleMs: number;
  readonly #negativeMs: number;

  constructor(options: ResolverOptions) {
    const { counters, bytes, lookupSeconds, freshSeconds } = options;
    this.#options = options;
    this.#counters = counters;
    this.silentSeconds = options.feedSilentSeconds;
    this.#routes = new RouteCache(bytes * (1 - NEGATIVE_SHARE), counters);
    this.#negatives = new RouteCache(bytes * NEGATIVE_SHARE, counters);
    this.#told = new ToldLately(Math.max(lookupSeconds * 1000, COPIES_LAG_MS));
    this.#freshMs = freshSeconds * 1000;
    // Who wants to ask at every login wants it with a feed, too.
    this.#followedMs = freshSeconds === 0 ? 0 : Math.max(freshSeconds, options.followedSeconds) * 1000;
    this.#silentMs = options.feedSilentSeconds * 1000;
    this.#staleMs = options.staleSeconds * 1000;
    this.#negativeMs = options.negativeSeconds * 1000;
  }

  resolve(login: string, waiter: RouteWaiter): void {
    const key = routeKey(login);
    const entry = this.#routes.get(key);
    if (entry !== undefined) {
      const standing = this.#standing(entry);
      switch (standing) {
        case "fresh":
        case "ageing":
        case "stale":
          this.#routes.use(entry);
          if (standing === "stale") this.#counters.staleHits++;
          else this.#counters.hits++;
          if (standing !== "fresh") this.#refresh(login, key);
          return waiter.resolved(entry.answer);
        case "spent":
          this.#routes.delete(key);
          break;
        case "suspect":
          break;
        default:
          standing satisfies never;
      }
    } else {
      const negative = this.#negatives.get(key);
      if (negative !== undefined && this.#standing(negative) === "fresh") {
        this.#counters.negativeHits++;
        return waiter.resolved(negative.answer);
      }
    }
    this.#counters.misses++;
    const flight = this.#flights.get(key);
    if (flight === undefined) this.#take(login, key, [waiter]);
    else flight.waiters.push(waiter);
  }

  told({ uuid, names }: Change & { kind: "route" }): void {
    const { nowMs } = this.#options.timers;
    this.#told.tell(accountMark(uuid), nowMs);
    for (const name of names) {
      const key = routeKey(name);
      this.#told.tell(key, nowMs);
      this.#drop(key);
    }
    for (const key of this.#routes.keysOf(uuid)) this.#drop(key);
  }

  suspectAll(): void {
    this.#told.tellAll(this.#options.timers.nowMs);
    this.#suspectBefore = this.#told.mark;
  }

  #drop(key: string): void {
    if (this.#routes.delete(key) || this.#negatives.delete(key)) this.#counters.invalidations++;
  }

  #standing({ answer, askedMs, askedMark }: CachedRoute): Standing {
    const { timers, feed } = this.#options;
    const now = timers.nowMs;
    const age = now - askedMs;
    const suspect = askedMark < this.#suspectBefore;
    if (answer.is !== "route") return !suspect && age < this.#negativeMs ? "fresh" : "spent";
    const followed = now - feed.answeredMs < this.#silentMs;
    const freshMs = followed ? this.#followedMs : this.#freshMs;
    if (age >= freshMs + this.#staleMs) return "spent";
    if (suspect) return "suspect";
    if (age < freshMs * REFRESH_AHEAD) return "fresh";
    return age < freshMs ? "ageing" : "stale";
  }

  #refresh(login: string, key: string): void {
    if (!this.#flights.has(key)) this.#take(login, key, []);
  }

  #take(login: string, key: string, waiters: RouteWaiter[]): void {
    const { timers, lookupSeconds } = this.#options;
    const flight: Flight = {
      login,
      key,
      waiters,
      deadlineMs: timers.nowMs + lookupSeconds * 1000,
      certain: false,
      askedMs: 0,
      askedMark: 0,
      asks: 0,
      answered: (answer) => this.#land(flight, answer),
    };
    this.#flights.set(key, flight);
    this.#ask(flight);
  }

  #ask(flight: Flight): void {
    const { nowMs } = this.#options.timers;
    flight.askedMs = nowMs;
    flight.askedMark = this.#told.mark;
    flight.certain = nowMs - this.#told.last(flight.key).atMs < COPIES_LAG_MS;
    flight.asks++;
    this.#counters.lookups++;
    this.#options.client.lookup(flight);
  }

  #land(flight: Flight, answer: RouteAnswer): void {
    if (answer.is === "unavailable") {
      this.#counters.failures++;
      return this.#end(flight, this.#lastResort(flight) ?? answer);
    }
    const { key, askedMs, askedMark } = flight;
    const account = answer.is === "route" ? accountMark(answer.route.uuid) : key;
    // Asked before the change was told of: it may be older.
    if (this.#told.since(askedMark, key) || this.#told.since(askedMark, account)) {
      return this.#overtaken(flight);
    }
    this.#keep(key, { answer, askedMs, askedMark });
    this.#end(flight, answer);
  }

  #overtaken(flight: Flight): void {
    this.#counters.overtaken++;
    if (flight.waiters.length === 0) this.#flights.delete(flight.key);
    else if (flight.asks < ASKS_MAX) this.#ask(flight);
    else
      this.#end(flight, { is: "unavailable", detail: "the route changes faster than it can be asked for" });
  }

  #keep(key: string, learned: Learned): void {
    const [right, wrong] =
      learned.answer.is === "route" ? [this.#routes, this.#negatives] : [this.#negatives, this.#routes];
    wrong.delete(key);
    right.put(key, learned);
  }

  /** The old route, where there is one that has not been told to have changed. */
  #lastResort({ key, waiters }: Flight): RouteAnswer | undefined {
    const entry = this.#routes.get(key);
    if (entry === undefined || this.#standing(entry) === "spent") return undefined;
    this.#counters.staleHits += waiters.length;
    return entry.answer;
  }

  #end({ key, waiters }: Flight, answer: RouteAnswer): void {
    this.#flights.delete(key);
    for (const waiter of waiters) waiter.resolved(answer);
  }
}

/** Stands for an account among the names that were told of; no key begins so. */
const accountMark = (uuid: string): string => `\0${uuid}`;
