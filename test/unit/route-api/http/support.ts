import pino from "pino";
import { expect } from "vitest";
import { HistoryConfig } from "../../../../route-api/config/history.ts";
import { RouteApiConfig } from "../../../../route-api/config/route-api.ts";
import { Problem } from "../../../../route-api/contract/problems.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { type AppParts, createApp } from "../../../../route-api/http/app.ts";
import { createChangeTail } from "../../../../route-api/http/resources/changes/change-tail.ts";
import { accountHolds } from "../../../../route-api/http/resources/holds/account-holds.ts";
import { holdList } from "../../../../route-api/http/resources/holds/hold-list.ts";
import { storeHolds } from "../../../../route-api/http/resources/holds/store-holds.ts";
import { createQuestionBoard } from "../../../../route-api/http/resources/questions/question-board.ts";
import { createTokenSet } from "../../../../route-api/http/token.ts";
import { openSqlite } from "../../../../route-api/store/sqlite/open.ts";
import type { FullEntry, RouteStore } from "../../../../route-api/store/store.ts";
import { createLeaseWatch } from "../../../../route-api/sync/lease-watch.ts";
import { leaveStatus } from "../../../support/sync-status.ts";

export const quiet = pino({ level: "silent" });

/** Limits as they are by default. */
export const { limits: LIMITS } = RouteApiConfig.parse({ tokenFile: "none" });

/** What is kept of logins by default. */
export const HISTORY = HistoryConfig.parse({});

export const TOKENS = (["edge", "support", "admin"] as const).map((scope) => ({
  name: scope,
  scopes: [scope],
  secret: new Secret(`${scope}-token`),
}));

export type TestScope = "edge" | "support" | "admin";

/** A header with the token of a scope. */
export const bearing = (scope: TestScope) => ({ Authorization: `Bearer ${scope}-token` });

export interface TestApi {
  store: RouteStore;
  app: ReturnType<typeof createApp>;
  tail: AppParts["tail"];
  questions: AppParts["questions"];
  get(path: string, scope?: TestScope, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: unknown, scope?: TestScope): Promise<Response>;
  /** A request with a body, which is JSON unless it is a text. */
  send(
    method: string,
    path: string,
    body: unknown,
    scope?: TestScope,
    headers?: Record<string, string>,
  ): Promise<Response>;
  close(): Promise<void>;
}

/** The app over a store in memory, with a token for each scope; `loaded`: the directory has been read whole. */
export async function testApi({
  loaded = true,
  ...parts
}: Partial<AppParts> & { loaded?: boolean } = {}): Promise<TestApi> {
  const store = parts.store ?? openSqlite(":memory:");
  await store.create();
  if (loaded) await leaveStatus(store);
  const tail = parts.tail ?? createChangeTail({ feed: store.changes, pollMs: store.pollMs.changes });
  const questions = parts.questions ?? createQuestionBoard({ store, ttlMs: 10_000, log: quiet });
  const tokens = createTokenSet(TOKENS);
  const listed = holdList(store.lists);
  const app = createApp({
    store,
    tail,
    questions,
    holds: { accounts: accountHolds(store, listed), stores: storeHolds(listed, questions) },
    lease: createLeaseWatch(store),
    authenticate: tokens.find,
    findToken: tokens.find,
    limits: LIMITS,
    history: HISTORY,
    droppedLogLines: () => 0,
    log: quiet,
    ...parts,
  });
  const send: TestApi["send"] = async (method, path, body, scope = "edge", headers = {}) =>
    app.request(path, {
      method,
      headers: { ...bearing(scope), "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    store,
    app,
    tail,
    questions,
    get: async (path, scope = "edge", headers = {}) =>
      app.request(path, { headers: { ...bearing(scope), ...headers } }),
    post: (path, body, scope) => send("POST", path, body, scope),
    send,
    async close() {
      tail.close();
      questions.close();
      await store.close();
    },
  };
}

/** An entry of one account. */
export const entryOf = (name: string, more: Partial<FullEntry> = {}): FullEntry => ({
  uuid: `uuid-${name}`,
  dn: `uid=${name},ou=people,dc=example,dc=com`,
  account: `${name}@example.com`,
  logins: [name, `${name}@example.com`],
  mailHost: ["store1"],
  version: "1",
  ...more,
});

/** Status and code of an answer that must be a whole problem. */
export async function problemOf(response: Response): Promise<string> {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe(`urn:mmp:problem:${problem.code}`);
  expect(problem.requestId).toBe(response.headers.get("X-Request-Id"));
  return `${problem.status} ${problem.code}`;
}
