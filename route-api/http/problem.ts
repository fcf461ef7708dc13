import type { Context, TypedResponse } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "pino";
import { z } from "zod";
import type { Problem, ProblemCode } from "../contract/problems.ts";
import { StoreError } from "../store/store.ts";

/** Status and title of each problem; `retryAfter` in seconds where the same request may do better later. */
export const PROBLEMS = {
  "bad-request": { status: 400, title: "The request cannot be understood" },
  unauthorized: { status: 401, title: "A valid bearer token is needed" },
  forbidden: { status: 403, title: "The token does not allow this" },
  "not-found": { status: 404, title: "There is no such resource" },
  "method-not-allowed": { status: 405, title: "The resource does not have this method" },
  "unknown-user": { status: 404, title: "No entry fits" },
  "ambiguous-user": { status: 409, title: "Several entries fit" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body must be application/json" },
  "too-many-requests": { status: 429, title: "The token asks too often", retryAfter: 1 },
  overloaded: { status: 503, title: "Too many requests are under way", retryAfter: 1 },
  "store-unavailable": { status: 503, title: "The route store cannot be reached", retryAfter: 1 },
  "directory-unavailable": { status: 503, title: "The directory cannot be asked", retryAfter: 5 },
  "issuer-unavailable": { status: 503, title: "The keys of the token's issuer cannot be had", retryAfter: 5 },
  internal: { status: 500, title: "The route API failed" },
} as const satisfies Record<ProblemCode, { status: number; title: string; retryAfter?: number }>;

type StatusOf<C extends ProblemCode> = (typeof PROBLEMS)[C]["status"];
/** A problem as an answer whose status the types know: a handler can only give those that its route declares. */
export type ProblemResponse<C extends ProblemCode> = Response & TypedResponse<Problem, StatusOf<C>, "json">;

/** Answers with a problem (RFC 9457). `detail` is shown to the caller: nothing of the inside belongs there. */
export function problem<C extends ProblemCode>(c: Context, code: C, detail?: string): ProblemResponse<C> {
  const { status, title, ...rest } = PROBLEMS[code];
  const body: Problem = {
    type: `urn:mmp:problem:${code}`,
    title,
    status,
    code,
    requestId: c.get("requestId"),
    ...(detail === undefined ? {} : { detail }),
  };
  c.header("Content-Type", "application/problem+json");
  if ("retryAfter" in rest) c.header("Retry-After", String(rest.retryAfter));
  return c.body(JSON.stringify(body), status) as unknown as ProblemResponse<C>;
}

/** A failure that is a certain problem for the caller; `detail` is shown, `cause` only logged. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail?: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** Faults of one request that are named at most. */
const FAULTS_NAMED = 5;

/** The hook of each resource: what does not fit its schema is a problem that names the fields. */
export function refuseInvalid(
  result: { success: true } | { success: false; error: z.core.$ZodError; target: string },
  c: Context,
): Response | undefined {
  if (result.success) return undefined;
  const faults = result.error.issues.slice(0, FAULTS_NAMED).map(({ path, message }) => {
    const field = z.core.toDotPath(path);
    return `${field === "" ? result.target : field}: ${message}`;
  });
  return problem(c, "bad-request", faults.join("; "));
}

/** Turns what a handler threw into a problem; what the caller must not see goes to the log. */
export const answerFailure =
  (log: Logger) =>
  (error: Error, c: Context): Response => {
    if (error instanceof HTTPException && error.status === 415) return problem(c, "unsupported-media-type");
    if (error instanceof HTTPException && error.status === 400) {
      return problem(c, "bad-request", "the body is not JSON");
    }
    const code = codeOf(error);
    const { message, cause } = error;
    const inner = cause instanceof Error ? { cause: cause.message } : {};
    log.error({ requestId: c.get("requestId"), code, error: message, ...inner }, "request failed");
    return problem(c, code, error instanceof ProblemError && message !== "" ? message : undefined);
  };

function codeOf(error: Error): ProblemCode {
  if (error instanceof ProblemError) return error.code;
  return error instanceof StoreError ? "store-unavailable" : "internal";
}
