import type { Context } from "hono";
import type { Problem, ProblemCode } from "./contract.ts";

/** Status and title of each problem. */
const PROBLEMS: Record<ProblemCode, { status: 400 | 401 | 403 | 404 | 409 | 500 | 503; title: string }> = {
  "bad-request": { status: 400, title: "The request cannot be understood" },
  unauthorized: { status: 401, title: "A bearer token is needed" },
  forbidden: { status: 403, title: "The token does not allow this" },
  "not-found": { status: 404, title: "There is no such resource" },
  "unknown-user": { status: 404, title: "No entry has this login name" },
  "ambiguous-user": { status: 409, title: "Several entries have this login name" },
  "store-unavailable": { status: 503, title: "The route store cannot be reached" },
  internal: { status: 500, title: "The route API failed" },
};

/** What every request carries with it. */
export interface RequestVariables {
  requestId: string;
}
export type ApiContext = Context<{ Variables: RequestVariables }>;

/** Answers with a problem (RFC 9457). `detail` is shown to the caller: nothing of the inside belongs there. */
export function problem(c: ApiContext, code: ProblemCode, detail?: string): Response {
  const { status, title } = PROBLEMS[code];
  const body: Problem = {
    type: `urn:mmp:problem:${code}`,
    title,
    status,
    code,
    requestId: c.var.requestId,
    ...(detail === undefined ? {} : { detail }),
  };
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify(body), status);
}
