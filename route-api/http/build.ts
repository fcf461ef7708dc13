import type { Logger } from "pino";
import type { RouteApiConfig } from "../config/route-api.ts";
import { createPreAuth, type PreAuthOptions } from "../directory/ldap/pre-auth.ts";
import type { RouteStore } from "../store/store.ts";
import { createLeaseWatch } from "../sync/lease-watch.ts";
import { createApp } from "./app.ts";
import { createFeedTail } from "./resources/changes/feed-tail.ts";
import { createJwtAuthenticator } from "./signed-token.ts";
import { createTokenSet, type StaticToken, type TokenSet } from "./token.ts";

export interface BuildOptions extends Pick<RouteApiConfig, "limits"> {
  store: RouteStore;
  tokens: readonly StaticToken[];
  jwt?: NonNullable<RouteApiConfig["jwt"]>;
  /** The directory server that pre-authentications ask; absent: none is asked. */
  directory?: PreAuthOptions["settings"];
  /** Longest that a long poll may last, in milliseconds; by default as long as it asks for. */
  maxWaitMs?: number;
  log: Logger;
}

/** A route API that something else serves. */
export interface BuiltApi {
  app: ReturnType<typeof createApp>;
  /** Puts other tokens in force. */
  replaceTokens: TokenSet["replace"];
  /** Answers those who wait, and closes what was opened; the store stays open. */
  end(): void;
}

/** Time between two looks at the sync's lease, in milliseconds. */
const LEASE_LOOK_MS = 5000;

/** Makes the app and what it needs: tokens, the feed's reader, connections to the directory. */
export function buildApi({ store, tokens, jwt, directory, limits, maxWaitMs, log }: BuildOptions): BuiltApi {
  const tokenSet = createTokenSet(tokens);
  const signed = jwt === undefined ? undefined : createJwtAuthenticator({ config: jwt, log });
  const tail = createFeedTail({ feed: store, ...(maxWaitMs === undefined ? {} : { maxWaitMs }) });
  const preAuth = directory === undefined ? undefined : createPreAuth({ settings: directory, log });
  const lease = createLeaseWatch(store);
  // A lease is known to be stale only by who has looked before.
  const looking = setInterval(() => void lease.isStale().catch(() => undefined), LEASE_LOOK_MS);
  const app = createApp({
    store,
    tail,
    lease,
    authenticate: (token) => tokenSet.find(token) ?? signed?.(token),
    ...(preAuth === undefined ? {} : { preAuth }),
    limits,
    log,
  });
  return {
    app,
    replaceTokens: tokenSet.replace,
    end() {
      clearInterval(looking);
      tail.close();
      preAuth?.close();
    },
  };
}
