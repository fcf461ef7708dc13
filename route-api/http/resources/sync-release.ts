import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../contract/audit.ts";
import { Approval, ApprovalRequest, SYNC_RELEASE_PATH } from "../../contract/sync-status.ts";
import type { DocumentStore } from "../../store/store.ts";
import { releaseHold } from "../../sync/release.ts";
import { bearer, json, problems } from "../openapi.ts";
import { problem, refuseInvalid } from "../problem.ts";
import type { ApiEnv } from "../request-context.ts";
import { requireScope } from "../token.ts";
import type { AuditLog } from "./audit/audit-log.ts";

const postRelease = createRoute({
  method: "post",
  path: SYNC_RELEASE_PATH,
  operationId: "releaseSync",
  tags: ["sync"],
  summary: "Approve the removals on hold",
  description:
    "The leading sync reads the whole directory at once, and may then remove as many entries as the hold has. `hold` is the ID of the hold that was looked at, from `GET /v1/sync`: another one is not approved. A repeated request has no second effect.",
  security: bearer("admin"),
  middleware: requireScope("admin"),
  request: {
    headers: IdempotencyHeaders,
    body: { required: true, content: { "application/json": { schema: ApprovalRequest } } },
  },
  responses: {
    200: json(Approval, "What was approved"),
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

/** `POST /v1/sync/release`: approves removals, as `mmp sync release` does. */
export const syncReleaseRoutes = (store: DocumentStore, audit: Pick<AuditLog, "note">) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(postRelease, async (c) => {
    const { why, hold } = c.req.valid("json");
    const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
    await audit.note(c, { action: "release", target: hold, why, idempotencyKey });
    const held = await releaseHold(store, hold);
    if (held === undefined) return problem(c, "not-found", "no removals are on hold under this ID");
    return c.json({ wouldRemove: held.wouldRemove, of: held.of }, 200);
  });
