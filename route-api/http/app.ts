import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "hono/method-not-allowed";
import { routePath as matchedPath } from "hono/route";
import type { Logger } from "pino";
import type { HistoryConfig } from "../config/history.ts";
import type { RouteApiConfig } from "../config/route-api.ts";
import type { PreAuth } from "../directory/ldap/pre-auth.ts";
import type { RouteStore } from "../store/store.ts";
import { createFirstLoad } from "../sync/first-load.ts";
import type { LeaseWatch } from "../sync/lease-watch.ts";
import { type ConsoleParts, consoleRoutes, LIVE_PATH } from "./console/console.ts";
import { docsRoutes } from "./docs/docs.ts";
import { limitBody, limitConcurrency, limitDepth, limitRate } from "./limits.ts";
import { type ApiMetrics, createApiMetrics } from "./metrics.ts";
import { answerFailure, problem, refuseInvalid } from "./problem.ts";
import type { ApiEnv, Caller } from "./request-context.ts";
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
import { type Authenticate, requireToken } from "./token.ts";

export interface AppParts {
  store: RouteStore;
  tail: ChangeTail;
  questions: QuestionBoard;
  holds: { accounts: AccountHolds; stores: StoreHolds };
  lease: LeaseWatch;
  authenticate: Authenticate;
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

/** A request or session ID accepted from a caller: short, and safe to log. */
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The route API as a Hono app, which serve.ts and lambda.ts run. */
export function createApp(parts: AppParts) {
  const {
    store,
    tail,
    questions,
    holds,
    lease,
    authenticate,
    preAuth,
    limits,
    history,
    droppedLogLines,
    log,
  } = parts;
  const metrics = createApiMetrics(store, tail, droppedLogLines);
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });

  app.use(observe(metrics, log));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed(c, methods) {
        c.header("Allow", methods.join(", "));
        return problem(c, "method-not-allowed", `allowed methods: ${methods.join(", ")}`);
      },
    }),
  );
  app.use("/v1/*", limitConcurrency(limits.concurrentRequests, CHANGES_PATH));
  // Before any of the body is read: a caller without a token must not hold a slot by sending slowly.
  app.use("/v1/*", requireToken(authenticate));
  app.use("/v1/*", limitBody(limits.bodyBytes));
  app.use("/v1/*", limitRate(limits.requestsPerSecond));
  app.use("/v1/*", limitDepth);

  const firstLoad = createFirstLoad(store);
  app.route("/", routeRoutes(store, tail, firstLoad));
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
    app.use("/console/*", limitConcurrency(limits.concurrentRequests, LIVE_PATH));
    app.use("/console/*", limitBody(limits.bodyBytes));
    app.route("/console", consoleRoutes({ ...parts.console, request, log }));
  }

  app.notFound((c) => problem(c, "not-found"));
  app.onError(answerFailure(log));
  return app;
}

/** Assigns each request its ID; counts and logs its outcome, at level info unless it is routine. */
const observe = (metrics: ApiMetrics, log: Logger) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const startedMs = performance.now();
    const given = c.req.header("X-Request-Id");
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    c.set("requestId", requestId);
    const session = c.req.header(SESSION_ID);
    // The edge's log and the store's have it, too.
    const sid = session !== undefined && REQUEST_ID.test(session) ? session : undefined;
    c.set("sid", sid);
    await next();
    // Not by c.header(), which by now would copy the response each time, and make its body a stream.
    const { headers, status } = c.res;
    headers.set("X-Request-Id", requestId);
    headers.set("X-Content-Type-Options", "nosniff");
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
    const { method, path } = c.req;
    metrics.request(matchedPath(c, -1), method, status, (performance.now() - startedMs) / 1000);
    const caller = c.get("caller");
    const level = isRoutine(caller, status) ? "debug" : "info";
    if (!log.isLevelEnabled(level)) return;
    const durationMs = Math.round(performance.now() - startedMs);
    // A balancer in front is the peer, and names the caller's address.
    const forwardedFor = c.req.header("X-Forwarded-For")?.slice(0, FORWARDED_CHARACTERS);
    const address = c.env?.peer;
    log[level](
      { requestId, sid, method, path, status, caller: caller?.name, address, forwardedFor, durationMs },
      "request",
    );
  });

/** Header with the id of the edge's session that a look-up is for. */
const SESSION_ID = "X-Session-Id";
/** As much of X-Forwarded-For as the log has, in characters. */
const FORWARDED_CHARACTERS = 200;
/** For an edge these are answers like any other: a name is unknown, or several users'. Its own log has them. */
const ANSWERS: ReadonlySet<number> = new Set([404, 409]);

/** The requests of edges and health checks, which are too many for the log: some thousands a second on a large site. */
function isRoutine(caller: Caller | undefined, status: number): boolean {
  if (caller === undefined) return status < 400;
  return caller.scopes.every((scope) => scope === "edge") && (status < 400 || ANSWERS.has(status));
}
