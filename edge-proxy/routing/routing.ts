import type { Secret } from "../../route-api/contract.ts";
import type { RouteCacheConfig } from "../config/instance.ts";
import type { TimerWheel } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import { createResolver, type Resolver } from "./resolver.ts";
import { createRouteClient } from "./route-client.ts";

export interface RoutingOptions {
  url: string;
  token: Secret;
  cache: RouteCacheConfig;
}

/** A resolver with its connection to the route API. */
export interface Routing {
  readonly resolver: Resolver;
  readonly options: RoutingOptions;
  /** Another one takes over: closes when those that wait have been answered. */
  retire(): void;
  close(): void;
}

/** Makes the routing of an instance; gives back `before`, with all that it knows, where nothing has changed. */
export function createRouting(
  options: RoutingOptions,
  context: { transport: Transport; wheel: TimerWheel },
  before: Routing | undefined,
): Routing {
  if (before !== undefined && isSame(before.options, options)) return before;
  const { url, token, cache } = options;
  const { transport, wheel } = context;
  const client = createRouteClient({ transport, wheel, url, token, lookupSeconds: cache.lookupSeconds });
  const close = (): void => client.close();
  return {
    options,
    resolver: createResolver({ client, nowMs: () => wheel.nowMs, ...cache }),
    retire: () => wheel.set({ due: -1, expire: close }, cache.lookupSeconds + 1),
    close,
  };
}

const isSame = (a: RoutingOptions, b: RoutingOptions): boolean =>
  a.url === b.url &&
  a.token.reveal() === b.token.reveal() &&
  JSON.stringify(a.cache) === JSON.stringify(b.cache);
