import { OpenAPIHono } from "@hono/zod-openapi";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { Logger } from "pino";
import type { HistoryConfig } from "../config/history.ts";
import type { RouteApiConfig } from "../config/route-api.ts";
import type { PreAuth } from "../directory/ldap/pre-auth.ts";
import type { RouteStore } from "../store/store.ts";
import { createFirstLoad } from "../sync/first-load.ts";
import type { LeaseWatch } from "../sync/lease-watch.ts";
import { type ConsoleParts, consoleRoutes, LIVE_PATH } from "./console/console.ts";
import { directLookUp } from "./direct-look-up.ts";
import { docsRoutes } from "./docs/docs.ts";
import { createGate, limitBody, limitConcurrency, limitDepth, limitRate } from "./limits.ts";
import { createApiMetrics } from "./metrics.ts";
import { createObserver, observe } from "./observe.ts";
import { answerFailure, problem, refuseInvalid } from "./problem.ts";
import type { ApiEnv } from "./request-context.ts";
import { auditRoutes } from "./resources/audit/audit.ts";
import { createAuditLog } from "./resources/audit/audit-log.ts";
import type { ChangeTail } from "./resources/changes/change-tail.ts";
import { CHANGES_PATH, changesRoutes } from "./resources/changes/changes.ts";
import { claimRoutes } from "./resources/claims.ts";
import { edgeRoutes } from "./resources/edges/edges.ts";
import { healthRoutes } from "./resources/health.ts";
import { historyRoutes } from "./resources/history/history.ts";
import { createLoginArchive } from "./resources/history/login-archive.ts";
import type { AccountHolds } from "./resources/holds/account-holds.ts";
import { holdRoutes } from "./resources/holds/holds.ts";
import type { StoreHolds } from "./resources/holds/store-holds.ts";
import { penaltyRoutes } from "./resources/penalties/penalties.ts";
import { preAuthenticationRoutes } from "./resources/pre-authentications.ts";
import type { QuestionBoard } from "./resources/questions/question-board.ts";
import { questionRoutes } from "./resources/questions/questions.ts";
import { createLookUp } from "./resources/routes/look-up.ts";
import { routeRoutes } from "./resources/routes/routes.ts";
import { searchRoute } from "./resources/search/search.ts";
import { kickRoutes } from "./resources/sessions/kicks.ts";
import { sessionRoutes } from "./resources/sessions/sessions.ts";
import { probeRoutes } from "./resources/stores/probe.ts";
import { storeRoutes } from "./resources/stores/stores.ts";
import { syncReleaseRoutes } from "./resources/sync-release.ts";
import { syncRoutes } from "./resources/sync-status.ts";
import { tokenRoutes } from "./resources/token-info.ts";
import { createTraceBook } from "./resources/traces/trace-book.ts";
import { traceRoutes } from "./resources/traces/traces.ts";
import { userRoutes } from "./resources/users/users.ts";
import { type Authenticate, requireToken, type TokenSet } from "./token.ts";

export interface AppParts {
  store: RouteStore;
  tail: ChangeTail;
  questions: QuestionBoard;
  holds: { accounts: AccountHolds; stores: StoreHolds };
  lease: LeaseWatch;
  authenticate: Authenticate;
  /** The bearer of a static token. */
  findToken: TokenSet["find"];
  /** The checker in force; while there is none, pre-authentications are answered with directory-unavailable. */
  preAuth?: () => PreAuth | undefined;
  limits: RouteApiConfig["limits"];
  history: HistoryConfig;
  /** The console for people; absent where it is switched off. */
  console?: Omit<ConsoleParts, "request" | "log">;
  /** Log lines of the process that were dropped so far. */
  droppedLogLines: () => number;
  log: Logger;
}

/** The route API as a Hono app, which serve.ts and lambda.ts run. */
export function createApp(parts: AppParts) {
  const {
    store,
    tail,
    questions,
    holds,
    lease,
    authenticate,
    findToken,
    preAuth,
    limits,
    history,
    droppedLogLines,
    log,
  } = parts;
  const metrics = createApiMetrics(store, tail, droppedLogLines);
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });

  const observer = createObserver(metrics, log);
  app.use(observe(observer));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed(c, methods) {
        c.header("Allow", methods.join(", "));
        return problem(c, "method-not-allowed", `allowed methods: ${methods.join(", ")}`);
      },
    }),
  );
  const gate = createGate(limits.concurrentRequests);
  app.use("/v1/*", limitConcurrency(gate, CHANGES_PATH));
  // Before any of the body is read: a caller without a token must not hold a slot by sending slowly.
  app.use("/v1/*", requireToken(authenticate));
  app.use("/v1/*", limitBody(limits.bodyBytes));
  app.use("/v1/*", limitRate(limits.requestsPerSecond));
  app.use("/v1/*", limitDepth);

  const firstLoad = createFirstLoad(store);
  const lookUp = createLookUp(store, tail, firstLoad);
  app.route("/", routeRoutes(lookUp));
  app.route("/", searchRoute(store, firstLoad));
  app.route("/", claimRoutes(store));
  app.route("/", changesRoutes({ changes: tail, questions: questions.tail }, questions, limits.longPolls));
  app.route("/", preAuthenticationRoutes(store, preAuth));
  app.route("/", syncRoutes(store, lease));
  app.route("/", edgeRoutes(store.lists));
  app.route("/", questionRoutes(questions));
  const audit = createAuditLog(store.lists, limits.auditDays);
  app.route("/", sessionRoutes(questions));
  app.route("/", kickRoutes({ store, board: questions, audit }));
  app.route("/", holdRoutes({ store, ...holds, audit }));
  const archive = createLoginArchive(store.lists, history);
  app.route("/", userRoutes({ store, board: questions, archive, holds: holds.stores }));
  app.route("/", historyRoutes({ store, board: questions, audit, archive }));
  app.route("/", penaltyRoutes({ store, board: questions, audit }));
  app.route("/", storeRoutes(store.lists));
  app.route("/", syncReleaseRoutes(store, audit));
  app.route("/", probeRoutes({ board: questions, audit }));
  const book = createTraceBook(store.lists);
  app.route("/", traceRoutes({ store, board: questions, audit, book, limits }));
  app.route("/", auditRoutes(audit));
  app.route("/", tokenRoutes());
  app.route("/", healthRoutes(store));
  app.get("/metrics", async (c) =>
    c.body(await metrics.text(), 200, { "Content-Type": metrics.contentType }),
  );
  app.route("/", docsRoutes(app));
  if (parts.console !== undefined) {
    const request: ConsoleParts["request"] = async (path, init, env) => app.request(path, init, env);
    app.use("/console/*", limitConcurrency(createGate(limits.concurrentRequests), LIVE_PATH));
    app.use("/console/*", limitBody(limits.bodyBytes));
    app.route("/console", consoleRoutes({ ...parts.console, request, log }));
  }

  app.notFound((c) => problem(c, "not-found"));
  app.onError(answerFailure(log));

  const { fetch } = app;
  const direct = directLookUp({ findToken, gate, observer, lookUp, log });
  app.fetch = (request, env = {}, context) => direct(request, env) ?? fetch(request, env, context);
  return app;
}
