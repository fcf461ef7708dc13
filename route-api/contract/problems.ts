import { z } from "zod";

/** Why the route API rejected a request or failed: the values of `code`. */
export const ProblemCode = z.enum([
  "bad-request",
  "unauthorized",
  "forbidden",
  "not-found",
  "method-not-allowed",
  "unknown-user",
  "not-loaded",
  "ambiguous-user",
  "on-hold",
  "hold-ended",
  "question-closed",
  "body-too-large",
  "unsupported-media-type",
  "too-many-requests",
  "overloaded",
  "store-unavailable",
  "directory-unavailable",
  "issuer-unavailable",
  "internal",
]);
export type ProblemCode = z.infer<typeof ProblemCode>;

/** Problem details (RFC 9457), with a code for programs and the ID under which the API logged the request. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  code: ProblemCode,
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
