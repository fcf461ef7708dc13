import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { Logger } from "pino";
import type { Secret } from "./contract.ts";
import { healthRoutes } from "./health.ts";
import { createApiMetrics } from "./metrics.ts";
import { problem, type RequestVariables } from "./problem.ts";
import { routeRoutes } from "./routes/routes.ts";
import { type RouteStore, StoreError } from "./store/store.ts";
import { requireToken } from "./token.ts";

export interface AppOptions {
  store: RouteStore;
  token: Secret;
  log: Logger;
}

/** A request id that a caller may give: short, and harmless in a log. */
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The route API as a Hono app; serve.ts runs it. */
export function createApp({ store, token, log }: AppOptions) {
  const metrics = createApiMetrics();
  const app = new Hono<{ Variables: RequestVariables }>();

  app.use(async (c, next) => {
    const given = c.req.header("X-Request-Id");
    c.set("requestId", given !== undefined && REQUEST_ID.test(given) ? given : randomUUID());
    await next();
    c.header("X-Request-Id", c.var.requestId);
    log.debug(
      { requestId: c.var.requestId, method: c.req.method, path: c.req.path, status: c.res.status },
      "request",
    );
  });
  app.use(metrics.middleware);

  app.use("/v1/*", requireToken(token));
  app.route("/v1/routes", routeRoutes(store));
  app.route("/", healthRoutes(store));
  app.get("/metrics", async (c) =>
    c.body(await metrics.text(), 200, { "Content-Type": metrics.contentType }),
  );

  app.notFound((c) => problem(c, "not-found"));
  app.onError((error, c) => {
    const code = error instanceof StoreError ? "store-unavailable" : "internal";
    log.error({ requestId: c.var.requestId, code, error: error.message }, "request failed");
    return problem(c, code);
  });
  return app;
}
