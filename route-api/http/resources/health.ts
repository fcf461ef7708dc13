import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { Health } from "../../contract/health.ts";
import { type RouteStore, StoreError } from "../../store/store.ts";
import { withTimeLimit } from "../../store/time-limit.ts";
import { json } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";

/** How long a probe may wait for the route store, in milliseconds. */
const READY_TIMEOUT_MS = 2000;

const getLive = createRoute({
  method: "get",
  path: "/livez",
  summary: "The process runs",
  responses: { 200: json(Health, "It does") },
});

const getReady = createRoute({
  method: "get",
  path: "/readyz",
  summary: "The route store answers",
  responses: { 200: json(Health, "It does"), 503: json(Health, "It does not") },
});

/** `/livez` and `/readyz`, for load balancers: they need no token. */
export function healthRoutes(store: Pick<RouteStore, "ready">) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getLive, (c) => c.json({ status: "ok" as const }, 200))
    .openapi(getReady, async (c) => {
      try {
        await withTimeLimit(
          store.ready(),
          READY_TIMEOUT_MS,
          () => new StoreError("unreachable", "no answer"),
        );
        return c.json({ status: "ok" as const }, 200);
      } catch (error) {
        const code = error instanceof StoreError ? error.code : "broken";
        return c.json({ status: "unavailable" as const, detail: `the route store is ${code}` }, 503);
      }
    });
}
