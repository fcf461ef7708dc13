import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { SYNC_PATH, SyncStatus } from "../../contract/sync-status.ts";
import { type DocumentStore, StoreError } from "../../store/store.ts";
import type { LeaseWatch } from "../../sync/lease-watch.ts";
import { DOCUMENTS } from "../../sync/notes.ts";
import { bearer, json, problems } from "../openapi.ts";
import { refuseInvalid } from "../problem.ts";
import type { ApiEnv } from "../request-context.ts";
import { requireScope } from "../token.ts";

const getSync = createRoute({
  method: "get",
  path: SYNC_PATH,
  operationId: "getSync",
  tags: ["sync"],
  summary: "Status of the sync",
  description: "State, lag, last full read, and unusable entries.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  responses: { 200: json(SyncStatus, "The status that the sync last published"), ...problems() },
});

/** `GET /v1/sync`: the status that the sync last published, or `stopped` if no sync is running. */
export function syncRoutes(store: Pick<DocumentStore, "readDocument">, lease: LeaseWatch) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getSync, async (c) => {
    const document = await store.readDocument(DOCUMENTS.status);
    if (document === undefined) return c.json(SyncStatus.parse({ state: "never" }), 200);
    const status = SyncStatus.safeParse(document.value);
    if (!status.success) {
      throw new StoreError("broken", "unreadable sync status in the route store", {
        cause: status.error,
      });
    }
    if (!(await lease.isStale())) return c.json(status.data, 200);
    const { leader: _, ...rest } = status.data;
    return c.json({ ...rest, state: "stopped" as const }, 200);
  });
}
