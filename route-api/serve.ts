import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { createFeedTail } from "./changes/feed-tail.ts";
import type { RouteApiConfig } from "./config/route-api.ts";
import { createPreAuth, type PreAuthOptions } from "./directory/pre-auth.ts";
import { type HttpServer, serveHttp } from "./http-server.ts";
import type { RouteStore } from "./store/store.ts";
import { createLeaseWatch } from "./sync-status/lease-watch.ts";
import { createTokenSet, type StaticToken, type TokenSet } from "./token.ts";
import { createJwtAuthenticator } from "./token-jwt.ts";

export interface ServeOptions extends Pick<RouteApiConfig, "listen" | "limits" | "jwt"> {
  store: RouteStore;
  tokens: readonly StaticToken[];
  /** The directory server that pre-authentications ask; absent: none is asked. */
  directory?: PreAuthOptions["settings"];
  log: Logger;
}

/** A running route API. */
export interface RouteApi extends HttpServer {
  /** Puts other tokens in force. */
  replaceTokens: TokenSet["replace"];
}

/**
 * Starts the route API. `listen` is `address:port`; port 0 takes a free one, an IPv6 address stands in brackets.
 * Rejects with one clear error when it cannot listen.
 */
export async function startRouteApi({
  listen,
  store,
  tokens,
  jwt,
  directory,
  limits,
  log,
}: ServeOptions): Promise<RouteApi> {
  const [, address = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(listen) ?? [];
  const tokenSet = createTokenSet(tokens);
  const signed = jwt === undefined ? undefined : createJwtAuthenticator({ config: jwt, log });
  const tail = createFeedTail({ feed: store });
  const preAuth = directory === undefined ? undefined : createPreAuth({ settings: directory, log });
  const lease = createLeaseWatch(store);
  const watching = setInterval(() => void lease.isStale().catch(() => undefined), LEASE_LOOK_MS);
  const app = createApp({
    store,
    tail,
    lease,
    authenticate: (token) => tokenSet.find(token) ?? signed?.(token),
    ...(preAuth === undefined ? {} : { preAuth }),
    limits,
    log,
  });
  const end = (): void => {
    clearInterval(watching);
    tail.close();
    preAuth?.close();
  };
  try {
    const server = await serveHttp(address, Number(port), (request) => app.fetch(request));
    return {
      ...server,
      replaceTokens: tokenSet.replace,
      async close() {
        // Long polls are answered first, so that they do not hold the server open.
        end();
        await server.close();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** Time between two looks at the sync's lease, in milliseconds. */
const LEASE_LOOK_MS = 5000;
