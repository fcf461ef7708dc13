import { z } from "zod";

/** Why the route API refused or failed: the closed set behind `code` in every problem. */
export const ProblemCode = z.enum([
  "bad-request",
  "unauthorized",
  "forbidden",
  "not-found",
  "method-not-allowed",
  "unknown-user",
  "ambiguous-user",
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

/** RFC 9457 problem details, with a code for programs and the id under which the API logged the request. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  code: ProblemCode,
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
