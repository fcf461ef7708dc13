import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { AUDIT_PATH, Audit, AuditQuery } from "../../../contract/audit.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import type { AuditLog } from "./audit-log.ts";

const getAudit = createRoute({
  method: "get",
  path: AUDIT_PATH,
  operationId: "listAudit",
  tags: ["audit"],
  summary: "What operators did",
  description:
    "Every action of a support or admin token, newest first, with its reason. Entries are written before the action, and kept for `limits.auditDays`.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  request: { query: AuditQuery },
  responses: { 200: json(Audit, "A page of the audit"), ...problems() },
});

/** `GET /v1/audit`: who did what, when, and why. */
export const auditRoutes = (log: Pick<AuditLog, "read">) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getAudit, async (c) => {
    const { limit, before } = c.req.valid("query");
    const entries = await log.read(limit, before);
    const last = entries.length < limit ? undefined : entries.at(-1);
    return c.json({ entries, ...(last === undefined ? {} : { cursor: last.key }) }, 200);
  });
