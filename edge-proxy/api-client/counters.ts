/** Counters of an instance's route cache since it began, and its size. A plain object: read it at any time. */
export interface RouteCounters {
  /** Logins answered from a fresh route. */
  hits: number;
  /** Logins answered from a stale route while it is refreshed, or because the API is unavailable. */
  staleHits: number;
  /** Logins answered from a cached "unknown" or "ambiguous". */
  negativeHits: number;
  /** Logins that had to wait for the API. */
  misses: number;
  /** Look-ups begun, for logins and to refresh routes. */
  lookups: number;
  /** Look-ups repeated because a change was announced while they were in flight, or had not reached the API's replica. */
  overtaken: number;
  /** Look-ups without an answer: no address answered in time, or look-ups were paused. */
  failures: number;
  /** Routes dropped because of an announced change. */
  invalidations: number;
  /** Routes dropped to make room. */
  evictions: number;
  circuitOpens: number;
  entries: number;
  /** Estimated size of the entries. */
  bytes: number;
}

export const newCounters = (): RouteCounters => ({
  hits: 0,
  staleHits: 0,
  negativeHits: 0,
  misses: 0,
  lookups: 0,
  overtaken: 0,
  failures: 0,
  invalidations: 0,
  evictions: 0,
  circuitOpens: 0,
  entries: 0,
  bytes: 0,
});

/** The counters of an instance. */
export interface RoutingCounters {
  routes: RouteCounters;
  feed: FeedCounters;
  /** Logins that wait because their account or store is on hold. */
  holds: { readonly waiting: number };
}

/** Counters of a process's change feed. */
export interface FeedCounters {
  /** Changes received. */
  changes: number;
  /** Times that changes may have been missed: every route became suspect. */
  gaps: number;
  /** Times that the feed was lost and restored. */
  feedReconnects: number;
  /** Time since the API last answered, or since the feed is followed, in seconds; 0 if nobody follows it. */
  readonly ageSeconds: number;
}
