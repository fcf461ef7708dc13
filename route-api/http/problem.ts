import type { Context, TypedResponse } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "pino";
import { z } from "zod";
import type { Problem, ProblemCode } from "../contract/problems.ts";
import { DirectoryError } from "../directory/directory-error.ts";
import { StoreError } from "../store/store.ts";

/** Status and title of each problem; `retryAfter`, in seconds, if the same request may succeed later. */
export const PROBLEMS = {
  "bad-request": { status: 400, title: "The request is invalid" },
  unauthorized: { status: 401, title: "A valid bearer token is required" },
  forbidden: { status: 403, title: "The token lacks the required scope" },
  "not-found": { status: 404, title: "No such resource" },
  "method-not-allowed": { status: 405, title: "The resource does not support this method" },
  "unknown-user": { status: 404, title: "No matching entry" },
  "not-loaded": { status: 503, title: "The directory has not been read yet", retryAfter: 1 },
  "ambiguous-user": { status: 409, title: "Several entries match" },
  "on-hold": { status: 409, title: "Another hold is in force" },
  "hold-ended": { status: 412, title: "The hold is not in force any more" },
  "question-closed": { status: 410, title: "The question is no longer open" },
  "body-too-large": { status: 413, title: "The request body is too large" },
  "unsupported-media-type": { status: 415, title: "The request body must be application/json" },
  "too-many-requests": { status: 429, title: "Too many requests with this token", retryAfter: 1 },
  overloaded: { status: 503, title: "Too many concurrent requests", retryAfter: 1 },
  "store-unavailable": { status: 503, title: "The route store is unavailable", retryAfter: 1 },
  "directory-unavailable": { status: 503, title: "The directory is unavailable", retryAfter: 5 },
  "issuer-unavailable": { status: 503, title: "The token issuer's keys are unavailable", retryAfter: 5 },
  internal: { status: 500, title: "The route API failed" },
} as const satisfies Record<ProblemCode, { status: number; title: string; retryAfter?: number }>;

type StatusOf<C extends ProblemCode> = (typeof PROBLEMS)[C]["status"];
/** A problem response whose status is known to the type checker: a handler can only return those its route declares. */
export type ProblemResponse<C extends ProblemCode> = Response & TypedResponse<Problem, StatusOf<C>, "json">;

/** Answers with a problem (RFC 9457). `detail` is shown to the caller, so it must not reveal internals. */
export function problem<C extends ProblemCode>(c: Context, code: C, detail?: string): ProblemResponse<C> {
  const { status, headers, body } = problemAnswer(code, c.get("requestId"), detail);
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.body(body, status) as unknown as ProblemResponse<C>;
}

/** The same outside of Hono: what the response is made of. */
export function problemAnswer(code: ProblemCode, requestId: string, detail: string | undefined) {
  const { status, title, ...rest } = PROBLEMS[code];
  const problem: Problem = {
    type: `urn:mmp:problem:${code}`,
    title,
    status,
    code,
    requestId,
    ...(detail === undefined ? {} : { detail }),
  };
  const retry: Record<string, string> =
    "retryAfter" in rest ? { "Retry-After": String(rest.retryAfter) } : {};
  const headers = { "Content-Type": "application/problem+json", ...retry };
  return { status, headers, body: JSON.stringify(problem) };
}

/** A failure that the caller sees as the problem `code`; `detail` is shown, `cause` is only logged. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail?: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** At most this many invalid fields are named. */
const FAULTS_NAMED = 5;

/** Validation hook of every resource: a request that does not match its schema gets a problem that names the fields. */
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

/** Turns whatever a handler threw into a problem; what the caller must not see goes to the log only. */
export const answerFailure =
  (log: Logger) =>
  (error: Error, c: Context): Response => {
    if (error instanceof HTTPException && error.status === 415) return problem(c, "unsupported-media-type");
    if (error instanceof HTTPException && error.status === 400) {
      return problem(c, "bad-request", "the body is not valid JSON");
    }
    const { code, detail } = failureOf(error, log, { requestId: c.get("requestId"), sid: c.get("sid") });
    return problem(c, code, detail);
  };

/** The problem that a failure is to the caller; the log has the rest of it. */
export function failureOf(
  error: Error,
  log: Logger,
  ids: { requestId: string; sid: string | undefined },
): { code: ProblemCode; detail: string | undefined } {
  const code = codeOf(error);
  const { message, cause } = error;
  const inner = cause instanceof Error ? { cause: cause.message } : {};
  log.error({ ...ids, code, error: message, ...inner }, "request failed");
  return { code, detail: error instanceof ProblemError && message !== "" ? message : undefined };
}

function codeOf(error: Error): ProblemCode {
  if (error instanceof ProblemError) return error.code;
  if (error instanceof DirectoryError) return error.code === "busy" ? "overloaded" : "directory-unavailable";
  return error instanceof StoreError ? "store-unavailable" : "internal";
}
