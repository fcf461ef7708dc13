import type { Change } from "../../route-api/contract/changes.ts";
import type { Route, RouteAnswer } from "../api-client/answers.ts";
import type { RouteCounters } from "../api-client/counters.ts";
import type { Timers } from "../timer-wheel.ts";
import { type CachedRoute, type Learned, RouteCache } from "./cache.ts";
import { routeKey } from "./keys.ts";
import { ToldLately } from "./told-lately.ts";

/** Share of the bytes for unknown names: guessed names must not evict the routes of users. */
const NEGATIVE_SHARE = 1 / 8;
/** How long a replica that the API reads may lag behind an announced change, in milliseconds. */
const REPLICA_LAG_MS = 5000;

/** Announced changes are remembered for at least this long, in milliseconds: no answer may contradict them. */
const REMEMBERED_MS = 600_000;

/** A replica in another region has every change that was made this long ago, in milliseconds. */
const REPLICATED_MS = 60_000;

/** How an answer stands to the changes that were announced: the API may read a replica that they have not reached. */
export type Agreement =
  | "agrees"
  /** It is an earlier route of the account. */
  | "earlier"
  /** It says that the name leads to nobody, or to another account. */
  | "contradicts";

/** Fewer changes than any other answer was asked for after. */
const BEFORE_ALL = -1;

/** A route as one process tells it to another. */
export interface KnownRoute {
  key: string;
  route: Route;
  ageMs: number;
}

/** What an edge knows of routes: the answers that it has cached, and the changes that were announced since. */
export class RouteMemory {
  readonly counters: RouteCounters;
  readonly #timers: Pick<Timers, "nowMs">;
  readonly #routes: RouteCache;
  readonly #negatives: RouteCache;
  readonly #told = new ToldLately(REMEMBERED_MS);
  /** Answers that were asked for before this many changes are suspect. */
  #suspectBefore = 0;

  /** Holds about `bytes`. */
  constructor(bytes: number, timers: Pick<Timers, "nowMs">, counters: RouteCounters) {
    this.counters = counters;
    this.#timers = timers;
    this.#routes = new RouteCache(bytes * (1 - NEGATIVE_SHARE), counters);
    this.#negatives = new RouteCache(bytes * NEGATIVE_SHARE, counters);
  }

  limit(bytes: number): void {
    this.#routes.limit(bytes * (1 - NEGATIVE_SHARE));
    this.#negatives.limit(bytes * NEGATIVE_SHARE);
  }

  /** How many changes were announced so far: an answer that is asked for now includes them. */
  get mark(): number {
    return this.#told.mark;
  }

  find(key: string): CachedRoute | undefined {
    return this.#routes.get(key) ?? this.#negatives.get(key);
  }

  /** A change of it may have been missed. */
  isSuspect({ askedMark }: CachedRoute): boolean {
    return askedMark < this.#suspectBefore;
  }

  /**
   * It was asked for right after changes that nobody has named: before the feed was followed, or where anything may have
   * changed. The API may have read a replica that they had not reached.
   */
  isUnsure({ askedMs }: CachedRoute): boolean {
    return askedMs - this.#told.allAtMs < REPLICATED_MS;
  }

  /** True where an answer that was asked for after `askedMark` changes may be older than one that was announced since. */
  isOvertaken(askedMark: number, key: string, answer: RouteAnswer): boolean {
    const { mark } = this.#told;
    if (mark === askedMark) return false;
    const account = answer.is === "route" ? accountMark(answer.route.uuid) : key;
    return this.#told.since(askedMark, key) || this.#told.since(askedMark, account);
  }

  /** Whether an answer is as new as what was announced of its name and account. */
  agreement(key: string, answer: RouteAnswer): Agreement {
    const { said } = this.#told.last(key);
    if (answer.is === "unknown") return said?.leads === true ? "contradicts" : "agrees";
    if (answer.is !== "route") return "agrees";
    const { uuid, write } = answer.route;
    if (said?.leads === true && said.uuid !== uuid) return "contradicts";
    for (const each of [said, this.#told.last(accountMark(uuid)).said]) {
      if (each === undefined || each.uuid !== uuid || write === undefined || write >= each.write) continue;
      return each.leads ? "earlier" : "contradicts";
    }
    return "agrees";
  }

  /** A change was announced so recently that only a consistent read will do. */
  hasJustChanged(key: string): boolean {
    return this.#timers.nowMs - this.#told.last(key).atMs < REPLICA_LAG_MS;
  }

  learn(key: string, learned: Learned): void {
    const right = this.#cacheOf(learned.answer);
    const wrong = right === this.#routes ? this.#negatives : this.#routes;
    wrong.delete(key);
    right.put(key, learned);
  }

  /** Every route, for another process. The memory may change between two of them. */
  *known(): Generator<KnownRoute> {
    for (const entry of this.#routes.all()) {
      const known = this.#known(entry);
      if (known !== undefined) yield known;
    }
  }

  /** The route of one key, for another process. */
  knownAt(key: string): KnownRoute | undefined {
    const entry = this.#routes.get(key);
    return entry && this.#known(entry);
  }

  /**
   * Takes over a route that another process knew. It may have changed since without word of it, so it is suspect: used
   * only where the API cannot be asked.
   */
  recall({ key, route, ageMs }: KnownRoute): void {
    const askedMs = this.#timers.nowMs - ageMs;
    const known = this.find(key);
    // Several files may have it: the latest answer counts.
    if (known !== undefined && known.askedMs >= askedMs) return;
    if (this.#told.has(key) || this.#told.has(accountMark(route.uuid))) return;
    this.#routes.put(key, { answer: { is: "route", route }, askedMs, askedMark: BEFORE_ALL });
  }

  forget({ key, answer }: CachedRoute): void {
    this.#cacheOf(answer).delete(key);
  }

  /** An account's route was written or removed: drops every answer that leads to it. */
  told({ uuid, names, former = [], write }: Change & { kind: "route" }): void {
    const { nowMs } = this.#timers;
    const tell = (mark: string, leads: boolean): void =>
      this.#told.tell(mark, nowMs, write === undefined ? undefined : { uuid, write, leads });
    tell(accountMark(uuid), names.length === 0 || former.length < names.length);
    for (const name of names) {
      const key = routeKey(name);
      tell(key, !former.includes(name));
      this.#drop(key);
    }
    for (const key of this.#routes.keysOf(uuid)) this.#drop(key);
  }

  /** Changes may have been missed: every cached answer becomes suspect. */
  suspectAll(): void {
    this.#told.tellAll(this.#timers.nowMs);
    this.#suspectBefore = this.#told.mark;
  }

  #known({ key, answer, askedMs }: CachedRoute): KnownRoute | undefined {
    if (answer.is !== "route") return undefined;
    return { key, route: answer.route, ageMs: this.#timers.nowMs - askedMs };
  }

  #cacheOf({ is }: RouteAnswer): RouteCache {
    return is === "route" ? this.#routes : this.#negatives;
  }

  #drop(key: string): void {
    if (this.#routes.delete(key) || this.#negatives.delete(key)) this.counters.invalidations++;
  }
}

/** Stands for an account among the announced names; no key begins with NUL. */
const accountMark = (uuid: string): string => `\0${uuid}`;
