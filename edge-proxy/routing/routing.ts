import type { RouteCacheConfig } from "../config/instance.ts";
import type { Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import { apiAddresses, isSameAccess, type RouteApiAccess } from "./api-address.ts";
import { newCounters, type RouteCounters } from "./counters.ts";
import type { Feeds } from "./feeds.ts";
import { type Resolver, RouteResolver } from "./resolver.ts";
import { RouteClient } from "./route-client.ts";
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
  readonly counters: RouteCounters;
  /** Begins to follow the change feed. */
  start(): void;
  /** Another one takes over: closes when those that wait have been answered. */
  retire(): void;
  close(): void;
}

/** Makes the routing of an instance; gives back `before`, with all that it knows, where nothing has changed. */
export function createRouting(options: RoutingOptions, context: RoutingContext, before?: Routing): Routing {
  if (before !== undefined && isSame(before.options, options)) return before;
  const { api, cache } = options;
  const { transport, wheel: timers, feeds, report } = context;
  const counters = newCounters();
  const feed = feeds.of(api);
  const client = new RouteClient({
    ...cache,
    transport,
    timers,
    addresses: apiAddresses(api),
    counters,
    report,
    random: Math.random,
  });
  const resolver = new RouteResolver({ ...cache, client, timers, feed, counters });
  const close = (): void => {
    feed.unfollow(resolver);
    // It is no longer told: what it keeps is of no use.
    resolver.suspectAll();
    client.close();
  };
  return {
    options,
    counters,
    resolver,
    start: () => feed.follow(resolver),
    retire: () => timers.set({ due: -1, expire: close }, cache.lookupSeconds + 1),
    close,
  };
}

const isSame = (a: RoutingOptions, b: RoutingOptions): boolean =>
  isSameAccess(a.api, b.api) && JSON.stringify(a.cache) === JSON.stringify(b.cache);
