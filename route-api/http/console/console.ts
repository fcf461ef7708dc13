import { isIP } from "node:net";
import { Hono } from "hono";
import type { Logger } from "pino";
import type { ConsoleConfig } from "../../config/console.ts";
import { User, userPath } from "../../contract/users.ts";
import { answerFailure, PROBLEMS } from "../problem.ts";
import type { Authenticate, TokenSet } from "../token.ts";
import { actionRoutes } from "./actions/actions.ts";
import { ApiProblem, type AskApi } from "./api.ts";
import { ASSETS } from "./assets/assets.ts";
import { createBalancer } from "./balancer.ts";
import type { ConsoleContext, ConsoleEnv } from "./environment.ts";
import { createLive } from "./live.ts";
import { auditPage } from "./pages/audit.ts";
import { edgesPage } from "./pages/edges.ts";
import { homePage } from "./pages/home.ts";
import { problemPage } from "./pages/problem.ts";
import { sessionsPage } from "./pages/sessions.ts";
import { storesPage } from "./pages/stores.ts";
import { syncPage } from "./pages/sync.ts";
import { tracePage } from "./pages/trace.ts";
import { showUser } from "./pages/user.ts";
import { CONSOLE_PATH, pathWith, userPage } from "./paths.ts";
import { protectPages } from "./protection.ts";
import { createSessionCookies } from "./session-cookie.ts";
import { requireConfidential, requireSignIn, signInRoutes } from "./sign-in.ts";

export { LIVE_PATH } from "./paths.ts";

export interface ConsoleParts {
  settings: ConsoleConfig;
  tokens: Pick<TokenSet, "find" | "named">;
  authenticate: Authenticate;
  /** Aborted when the API stops: pages are no longer kept current. */
  ending: AbortSignal;
  /** The API's own app. */
  request: AskApi;
  log: Logger;
}

/** Assets may be kept this long: their paths change with them. */
const KEEP_FOR_EVER = "public, max-age=31536000, immutable";

/** The pages for support agents, to be mounted at `/console`. They ask the API on behalf of whoever is signed in. */
export function consoleRoutes({ settings, tokens, authenticate, ending, request, log }: ConsoleParts) {
  const { sessionSeconds, signInsPerMinute, liveViews, loadBalancer } = settings;
  const cookies = createSessionCookies({ tokens, authenticate, sessionSeconds });
  const live = createLive({ views: liveViews, ending });
  const app = new Hono<ConsoleEnv>();
  app.use(protectPages, requireConfidential);
  for (const { path, type, text } of Object.values(ASSETS)) {
    app.get(path.slice(CONSOLE_PATH.length), (c) =>
      c.body(text, 200, { "Content-Type": type, "Cache-Control": KEEP_FOR_EVER }),
    );
  }
  app.route("/", signInRoutes({ cookies, sessionSeconds, signInsPerMinute }));
  const balancer = loadBalancer === undefined ? undefined : createBalancer({ settings: loadBalancer, log });
  app.use(requireSignIn({ cookies, balancer, ask: request }));
  app
    .get("/", async (c) => c.html(await homePage(c)))
    .get("/search", (c) => c.redirect(placeOf(c.req.query("q") ?? ""), 303))
    .get("/users/:login", async (c) => c.html(await userPageOf(c)))
    .get("/live", live)
    .get("/traces/:id", async (c) => c.html(await tracePage(c)))
    .get("/sessions", async (c) => c.html(await sessionsPage(c)))
    .get("/stores", async (c) => c.html(await storesPage(c)))
    .get("/edges", async (c) => c.html(await edgesPage(c)))
    .get("/sync", async (c) => c.html(await syncPage(c)))
    .get("/audit", async (c) => c.html(await auditPage(c)))
    .route("/actions", actionRoutes());
  app.onError(async (error, c) => {
    if (error instanceof ApiProblem)
      return c.html(problemPage(c, error.problem), error.problem.status as 500);
    const failure = answerFailure(log)(error, c);
    if (c.var.caller === undefined) return failure;
    const { status, title } = PROBLEMS.internal;
    const problem = { type: "", title, status, code: "internal" as const, requestId: c.var.requestId };
    return c.html(problemPage(c, problem), status);
  });
  return app;
}

/** Where a search leads: an address or a network to its sessions, anything else to a user. */
function placeOf(typed: string): string {
  const text = typed.trim();
  if (text === "") return CONSOLE_PATH;
  const isClient = isIP(text.split("/")[0] ?? "") !== 0;
  return isClient ? pathWith(`${CONSOLE_PATH}/sessions`, { client: text }) : userPage(text);
}

async function userPageOf(c: ConsoleContext) {
  const { edge, instance, protocol, client } = c.req.query();
  const asked = { edge, instance, protocol, client };
  const login = c.req.param("login") ?? "";
  return showUser(c, await c.var.api.get(pathWith(userPath(login), asked), User), asked);
}
