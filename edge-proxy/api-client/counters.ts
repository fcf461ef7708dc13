/** What the route cache of an instance has done since it began, and what it holds. A plain object: read it any time. */
export interface RouteCounters {
  /** Logins answered from a fresh route. */
  hits: number;
  /** Logins answered from a route that is being asked for again, or that was used because the API is out. */
  staleHits: number;
  /** Logins answered from what is known not to be there. */
  negativeHits: number;
  /** Logins that waited for the API. */
  misses: number;
  /** Look-ups begun, for logins and ahead of them. */
  lookups: number;
  /** Look-ups asked again because a change was told of while they were under way. */
  overtaken: number;
  /** Look-ups that came to nothing: no address answered in time, or none was asked. */
  failures: number;
  /** Routes dropped because a change was told of. */
  invalidations: number;
  /** Routes dropped for want of room. */
  evictions: number;
  circuitOpens: number;
  entries: number;
  /** What the entries take, estimated. */
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

/** Both, as an instance has them. */
export interface RoutingCounters {
  routes: RouteCounters;
  feed: FeedCounters;
}

/** What the feed of a process has done. */
export interface FeedCounters {
  /** Changes told of. */
  changes: number;
  /** Times that everything became suspect: the feed said so, or no longer reached back. */
  gaps: number;
  /** Times that the feed was lost and came back. */
  feedReconnects: number;
}
