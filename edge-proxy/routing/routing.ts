import type { RouteCacheConfig } from "../config/instance.ts";
import type { Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import { apiAddresses, isSameAccess, type RouteApiAccess } from "./api-address.ts";
import type { FeedFollower } from "./change-feed.ts";
import { newCounters, type RoutingCounters } from "./counters.ts";
import type { Feeds } from "./feeds.ts";
import { type Resolver, RouteResolver } from "./resolver.ts";
import { RouteClient } from "./route-client.ts";
import { RouteMemory } from "./route-memory.ts";
import type { ReportRouting } from "./routing-event.ts";

export interface RoutingOptions {
  api: RouteApiAccess;
  cache: RouteCacheConfig;
}

export interface RoutingContext {
  transport: Transport;
  wheel: Timers;
  feeds: Feeds;
  report: ReportRouting;
}

/** A resolver with its connections to the route API. */
export interface Routing {
  readonly resolver: Resolver;
  readonly options: RoutingOptions;
  readonly memory: RouteMemory;
  readonly counters: RoutingCounters;
  /** Begins to follow the change feed. */
  start(): void;
  /** Another one takes over, with the memory: closes when those that wait have been answered. */
  retire(): void;
  close(): void;
}

/** Makes the routing of an instance; gives back `before` where nothing has changed, else takes over what it knows. */
export function createRouting(options: RoutingOptions, context: RoutingContext, before?: Routing): Routing {
  if (before !== undefined && isSame(before.options, options)) return before;
  const { api, cache } = options;
  const { transport, wheel: timers, feeds, report } = context;
  const memory = before?.memory ?? new RouteMemory(cache.bytes, timers, newCounters());
  const feed = feeds.of(api);
  const follower: FeedFollower = {
    silentSeconds: cache.feedSilentSeconds,
    told: (change) => memory.told(change),
    suspectAll: () => memory.suspectAll(),
  };
  const addresses = apiAddresses(api);
  const { counters } = memory;
  const client = new RouteClient({
    ...cache,
    transport,
    timers,
    addresses,
    counters,
    report,
    random: Math.random,
  });
  const leave = (): void => {
    feed.unfollow(follower);
    client.close();
  };
  return {
    options,
    memory,
    counters: { routes: counters, feed: feed.counters },
    resolver: new RouteResolver({ ...cache, client, timers, feed, memory }),
    start() {
      memory.limit(cache.bytes);
      // What another feed has told does not count for this one.
      if (before === undefined || !isSameAccess(before.options.api, api)) memory.suspectAll();
      feed.follow(follower);
    },
    retire: () => timers.set({ due: -1, expire: leave }, cache.lookupSeconds + 1),
    close() {
      leave();
      // It is no longer told.
      memory.suspectAll();
    },
  };
}

const isSame = (a: RoutingOptions, b: RoutingOptions): boolean =>
  isSameAccess(a.api, b.api) && JSON.stringify(a.cache) === JSON.stringify(b.cache);
