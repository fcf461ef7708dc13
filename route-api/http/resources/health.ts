import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { Health } from "../../contract/health.ts";
import { type RouteStore, StoreError } from "../../store/store.ts";
import { withTimeLimit } from "../../store/time-limit.ts";
import { json } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";

/** Time limit for the route store's response, in milliseconds. */
const READY_TIMEOUT_MS = 2000;

/** Said by the HTTP server itself. */
const UNREADABLE = { description: "Not a request that the server can read" };

const getLive = createRoute({
  method: "get",
  path: "/livez",
  operationId: "isLive",
  tags: ["health"],
  summary: "Whether the process is running",
  description: "For a balancer or a supervisor: a process that does not answer should be restarted.",
  responses: { 200: json(Health, "It is"), 400: UNREADABLE },
});

const getReady = createRoute({
  method: "get",
  path: "/readyz",
  operationId: "isReady",
  tags: ["health"],
  summary: "Whether the route store is available",
  description: "For a balancer: without its store the API cannot answer look-ups.",
  responses: { 200: json(Health, "It is"), 400: UNREADABLE, 503: json(Health, "It is not") },
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
