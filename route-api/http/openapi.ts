import type { z } from "zod";
import { Problem, type ProblemCode } from "../contract/problems.ts";
import type { Scope } from "../contract/tokens.ts";
import { PROBLEMS } from "./problem.ts";

/** Name of the security scheme. */
export const BEARER_SCHEME = "bearer";

/** Problems that every operation under `/v1` may return. */
const COMMON = ["unauthorized", "forbidden", "too-many-requests", "overloaded", "internal"] as const;

type Common = (typeof COMMON)[number] | "issuer-unavailable" | "bad-request" | "store-unavailable";
type StatusOf<C extends ProblemCode> = (typeof PROBLEMS)[C]["status"];
type ProblemAnswer = {
  description: string;
  content: { "application/problem+json": { schema: typeof Problem } };
};

/** The problem responses of an operation: the common ones and `codes`. */
export function problems<const C extends readonly ProblemCode[]>(
  ...codes: C
): { [S in StatusOf<C[number] | Common>]: ProblemAnswer } {
  const all: ProblemCode[] = ["bad-request", ...COMMON, "issuer-unavailable", "store-unavailable", ...codes];
  const answers: Record<number, ProblemAnswer> = {};
  for (const code of new Set(all)) {
    const { status } = PROBLEMS[code];
    const said = answers[status]?.description;
    answers[status] = {
      description: said === undefined ? code : `${said}, ${code}`,
      content: { "application/problem+json": { schema: Problem } },
    };
  }
  return answers as { [S in StatusOf<C[number] | Common>]: ProblemAnswer };
}

/** A JSON response. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** The security requirement of an operation: one of the scopes (OpenAPI 3.1). */
export const bearer = (...scopes: Scope[]) => [{ [BEARER_SCHEME]: scopes }];
