import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { Health } from "../../contract/health.ts";
import { type RouteStore, StoreError } from "../../store/store.ts";
import { withTimeLimit } from "../../store/time-limit.ts";
import { json } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";

/** Time limit for the route store's response, in milliseconds. */
const READY_TIMEOUT_MS = 2000;

const getLive = createRoute({
  method: "get",
  path: "/livez",
  summary: "Whether the process is running",
  responses: { 200: json(Health, "It is") },
});

const getReady = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Whether the route store is available",
  responses: { 200: json(Health, "It is"), 503: json(Health, "It is not") },
});

/** `/livez` and `/readyz`, for load balancers; no token required. */
export function healthRoutes(store: Pick<RouteStore, "ready">) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(getLive, (c) => c.json({ status: "ok" as const }, 200))
    .openapi(getReady, async (c) => {
      try {
        await withTimeLimit(store.ready(), READY_TIMEOUT_MS);
        return c.json({ status: "ok" as const }, 200);
      } catch (error) {
        const code = error instanceof StoreError ? error.code : "broken";
        return c.json({ status: "unavailable" as const, detail: `route store: ${code}` }, 503);
      }
    });
}
