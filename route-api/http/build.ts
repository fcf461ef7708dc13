import type { Logger } from "pino";
import type { HistoryConfig } from "../config/history.ts";
import type { RouteApiConfig } from "../config/route-api.ts";
import { createPreAuth, type PreAuthOptions } from "../directory/ldap/pre-auth.ts";
import type { RouteStore } from "../store/store.ts";
import { createLeaseWatch } from "../sync/lease-watch.ts";
import { createApp } from "./app.ts";
import { createChangeTail } from "./resources/changes/change-tail.ts";
import { accountHolds } from "./resources/holds/account-holds.ts";
import { clearHolds } from "./resources/holds/clear-holds.ts";
import { holdList } from "./resources/holds/hold-list.ts";
import { storeHolds } from "./resources/holds/store-holds.ts";
import { createQuestionBoard } from "./resources/questions/question-board.ts";
import { createJwtAuthenticator } from "./signed-token.ts";
import { type Authenticate, createTokenSet, type StaticToken, type TokenSet } from "./token.ts";

export interface BuildOptions extends Pick<RouteApiConfig, "limits"> {
  /** The console for people; without it, there is none. */
  console?: RouteApiConfig["console"];
  store: RouteStore;
  tokens: readonly StaticToken[];
  history: HistoryConfig;
  jwt?: NonNullable<RouteApiConfig["jwt"]>;
  /** The directory server for pre-authentications; absent if there is none. */
  directory?: PreAuthOptions["settings"];
  /** Upper limit for long polls, in milliseconds; by default they last as long as the caller asks. */
  maxWaitMs?: number;
  /** Log lines of the process that were dropped so far, for the metrics; 0 where absent. */
  droppedLogLines?: () => number;
  log: Logger;
}

/** A route API, ready to be served. */
export interface BuiltApi {
  app: ReturnType<typeof createApp>;
  /** Replaces the static tokens. */
  replaceTokens: TokenSet["replace"];
  /** Accepts tokens signed by another issuer, or none. */
  replaceIssuer(config: BuildOptions["jwt"] | undefined): void;
  /** Checks passwords with another directory server, or none. */
  replaceDirectory(settings: BuildOptions["directory"] | undefined): void;
  /** Answers waiting long polls and closes connections; the store stays open. */
  end(): void;
}

/** How often the sync's lease is read, in milliseconds. */
const LEASE_READ_MS = 5000;

/** Builds the app and its parts: tokens, the reader of the change feed, connections to the directory. */
export function buildApi(options: BuildOptions): BuiltApi {
  const {
    store,
    tokens,
    jwt,
    directory,
    limits,
    history,
    maxWaitMs,
    droppedLogLines = () => 0,
    log,
  } = options;
  const tokenSet = createTokenSet(tokens);
  const signedBy = (config: BuildOptions["jwt"]): Authenticate | undefined =>
    config === undefined ? undefined : createJwtAuthenticator({ config, log });
  let signed = signedBy(jwt);
  const longest = maxWaitMs === undefined ? {} : { maxWaitMs };
  const { changes: feed, pollMs, onWrite } = store;
  const tail = createChangeTail({ feed, pollMs: pollMs.changes, onWrite, ...longest });
  const questions = createQuestionBoard({ store, ttlMs: limits.questionMs, log, ...longest });
  const listed = holdList(store.lists);
  const holds = { accounts: accountHolds(store, listed), stores: storeHolds(listed, questions) };
  const clearing = clearHolds(holds, log);
  let preAuth = directory === undefined ? undefined : createPreAuth({ settings: directory, log });
  const lease = createLeaseWatch(store);
  // Only a watch that has read the lease before can tell that it is stale.
  const reading = setInterval(() => void lease.isStale().catch(() => undefined), LEASE_READ_MS);
  const ending = new AbortController();
  const authenticate: Authenticate = (token) => tokenSet.find(token) ?? signed?.(token);
  const app = createApp({
    store,
    tail,
    questions,
    holds,
    lease,
    authenticate,
    findToken: tokenSet.find,
    preAuth: () => preAuth,
    limits,
    history,
    ...(options.console?.enabled === true
      ? { console: { settings: options.console, tokens: tokenSet, authenticate, ending: ending.signal } }
      : {}),
    droppedLogLines,
    log,
  });
  return {
    app,
    replaceTokens: tokenSet.replace,
    replaceIssuer(config) {
      signed = signedBy(config);
    },
    replaceDirectory(settings) {
      preAuth?.close();
      preAuth = settings === undefined ? undefined : createPreAuth({ settings, log });
    },
    end() {
      clearInterval(reading);
      clearing.stop();
      ending.abort();
      tail.close();
      questions.close();
      preAuth?.close();
    },
  };
}
