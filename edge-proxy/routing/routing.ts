import { apiAddresses, isSameAccess, type RouteApiAccess } from "../api-client/addresses.ts";
import { RouteClient } from "../api-client/client.ts";
import { newCounters, type RoutingCounters } from "../api-client/counters.ts";
import type { FeedSubscriber } from "../api-client/feed-follower.ts";
import type { Feeds } from "../api-client/feeds.ts";
import type { ReportRouting } from "../api-client/routing-event.ts";
import type { RouteCacheConfig } from "../config/route-cache.ts";
import type { Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import type { RouteCaches } from "./caches.ts";
import { Holds } from "./holds.ts";
import { RouteMemory } from "./memory.ts";
import { type Resolver, type ResolverOptions, RouteResolver } from "./resolver.ts";

export interface RoutingOptions {
  /** Of the instance: its caches go by it. */
  name: string;
  api: RouteApiAccess;
  cache: RouteCacheConfig;
  /** Attributes of the entry that routes must include. */
  attributes: readonly string[];
  /** Passwords that are checked at once, and how long each may take. */
  preAuth: { binds: number; seconds: number };
}

/** How a virtual domain caches routes where it differs from the instance: about how many, and for how many seconds. */
export interface RouteKeeping {
  entries: number | undefined;
  seconds: number | undefined;
}

export interface RoutingContext {
  transport: Transport;
  timers: Timers;
  feeds: Feeds;
  report: ReportRouting;
  caches: RouteCaches;
}

/** A resolver with its connections to the route API. */
export interface Routing {
  readonly resolver: Resolver;
  /** The resolver of a virtual domain with its own route cache; the same one for the same name and settings. */
  resolverFor(name: string, keeping: RouteKeeping): Resolver;
  /** Has the directory check passwords, on connections of its own: no look-up waits behind a slow bind. */
  readonly preAuthClient: Pick<RouteClient, "preAuthenticate">;
  readonly options: RoutingOptions;
  readonly memory: RouteMemory;
  /** Those of domains with a route cache of their own size, by `memoryName`. */
  readonly memories: ReadonlyMap<string, RouteMemory>;
  /** The stores on hold, and the logins that wait. */
  readonly holds: Holds;
  readonly counters: RoutingCounters;
  /** Subscribes to the change feed, and shares its caches. */
  start(): void;
  /** Another one has taken over, with the memory: closes when every waiting login has been answered. */
  retire(): void;
  close(): void;
}

/** Connections for look-ups to each address, and look-ups in flight on one. */
const LOOK_UPS = { links: 8, depth: 16 };
/** Estimated size of a route in a memory, in bytes, including the share of unknown names. */
const ROUTE_BYTES = 1024;

/** Makes the routing of an instance. Returns `before` where nothing has changed, else takes over its memory. */
export function createRouting(options: RoutingOptions, context: RoutingContext, before?: Routing): Routing {
  if (before !== undefined && isSame(before.options, options)) return before;
  const { api, cache, attributes, preAuth } = options;
  const { transport, timers, feeds, report, caches } = context;
  const memory = before?.memory ?? new RouteMemory(cache.bytes, timers, newCounters());
  // None is ever dropped: sessions that began with it may still use it, and it must hear of changes.
  const memories = new Map(before?.memories);
  const holds = before?.holds ?? new Holds();
  const resolvers = new Map<string, Resolver>();
  const feed = feeds.of(api);
  const suspectAll = (): void => {
    for (const each of [memory, ...memories.values()]) each.suspectAll();
    holds.anyChanged();
  };
  const subscriber: FeedSubscriber = {
    silentSeconds: cache.feedSilentSeconds,
    told(change) {
      memory.told(change);
      for (const each of memories.values()) each.told(change);
      holds.changed(change.uuid);
    },
    storesHeld: (stores) => holds.replaceStores(stores),
    suspectAll,
  };
  const addresses = apiAddresses(api);
  const { counters } = memory;
  const shared = { ...cache, transport, timers, addresses, attributes, random: Math.random };
  const client = new RouteClient({ ...shared, ...LOOK_UPS, counters, report });
  const preAuthClient = new RouteClient({
    ...shared,
    lookupSeconds: preAuth.seconds,
    links: preAuth.binds,
    depth: 1,
    counters: newCounters(),
    // Logins whose password could not be checked say so; look-ups report that the API is unavailable.
    report: () => {},
  });
  const leave = (): void => {
    feed.unsubscribe(subscriber);
    client.close();
    preAuthClient.close();
  };
  const memoryFor = (name: string, entries: number | undefined): RouteMemory => {
    if (entries === undefined) return memory;
    const key = memoryName(name, entries);
    const known = memories.get(key) ?? new RouteMemory(entries * ROUTE_BYTES, timers, counters);
    memories.set(key, known);
    return known;
  };
  const askElsewhere =
    (name: string): ResolverOptions["askElsewhere"] =>
    (key, answered) =>
      caches.ask(cacheName(options, name), key, answered);
  return {
    options,
    memory,
    memories,
    preAuthClient,
    holds,
    counters: { routes: counters, feed: feed.counters, holds },
    resolver: new RouteResolver({ ...cache, client, timers, feed, memory, askElsewhere: askElsewhere("") }),
    resolverFor(name, { entries, seconds }) {
      const key = `${memoryName(name, entries)} ${seconds}`;
      const known = resolvers.get(key);
      if (known !== undefined) return known;
      const times =
        seconds === undefined ? cache : { ...cache, freshSeconds: seconds, followedSeconds: seconds };
      const resolver = new RouteResolver({
        ...times,
        client,
        timers,
        feed,
        memory: memoryFor(name, entries),
        askElsewhere: askElsewhere(entries === undefined ? "" : memoryName(name, entries)),
      });
      resolvers.set(key, resolver);
      return resolver;
    },
    start() {
      memory.limit(cache.bytes);
      // Another feed may have announced other changes; and cached routes may lack attributes that they must include now.
      const isSameFeed = before !== undefined && isSameAccess(before.options.api, api);
      const hadAll = attributes.every((name) => before?.options.attributes.includes(name));
      if (!isSameFeed || !hadAll) suspectAll();
      feed.subscribe(subscriber);
      caches.add(cacheName(options, ""), memory);
      for (const [name, each] of memories) caches.add(cacheName(options, name), each);
    },
    // A login may still have to wait for both.
    retire: () => timers.set({ due: -1, expire: leave }, cache.lookupSeconds + preAuth.seconds + 1),
    close() {
      leave();
      // They hear of no further changes.
      suspectAll();
      caches.delete(cacheName(options, ""), memory);
      for (const [name, each] of memories) caches.delete(cacheName(options, name), each);
    },
  };
}

const isSame = ({ api: a, ...one }: RoutingOptions, { api: b, ...other }: RoutingOptions): boolean =>
  isSameAccess(a, b) && JSON.stringify(one) === JSON.stringify(other);

const cacheName = ({ name }: RoutingOptions, memory: string): string => `${name} ${memory}`;

const memoryName = (name: string, entries: number | undefined): string => `${name} ${entries}`;
