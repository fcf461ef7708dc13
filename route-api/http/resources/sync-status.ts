import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { SyncStatus } from "../../contract/sync-status.ts";
import { type DocumentStore, StoreError } from "../../store/store.ts";
import type { LeaseWatch } from "../../sync/lease-watch.ts";
import { DOCUMENTS } from "../../sync/notes.ts";
import { bearer, json, problems } from "../openapi.ts";
import { refuseInvalid } from "../problem.ts";
import type { ApiEnv } from "../request-context.ts";
import { requireScope } from "../token.ts";

const getSync = createRoute({
  method: "get",
  path: "/v1/sync",
  summary: "How the sync is doing",
  description: "State, lag, last full run, and the entries that it could not use.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  responses: { 200: json(SyncStatus, "What it last said of itself"), ...problems() },
});

/** `GET /v1/sync`: what the sync last wrote of itself, or that nobody does its work. */
export function syncRoutes(store: Pick<DocumentStore, "readDocument">, lease: LeaseWatch) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getSync, async (c) => {
    const document = await store.readDocument(DOCUMENTS.status);
    if (document === undefined) return c.json(SyncStatus.parse({ state: "never" }), 200);
    const status = SyncStatus.safeParse(document.value);
    if (!status.success) {
      throw new StoreError("broken", "the document of the sync's status cannot be read", {
        cause: status.error,
      });
    }
    if (!(await lease.isStale())) return c.json(status.data, 200);
    const { leader: _, ...rest } = status.data;
    return c.json({ ...rest, state: "stopped" as const }, 200);
  });
}
