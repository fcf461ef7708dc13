import type { z } from "zod";
import type { Scope } from "../config/route-api.ts";
import { Problem, type ProblemCode } from "../contract/problems.ts";
import { PROBLEMS } from "./problem.ts";

/** Name of the one security scheme. */
export const BEARER_SCHEME = "bearer";

/** What each operation below `/v1` may answer besides its own: no token, wrong scope, a fault, a limit. */
const COMMON = ["unauthorized", "forbidden", "too-many-requests", "overloaded", "internal"] as const;

type Common = (typeof COMMON)[number] | "issuer-unavailable" | "bad-request" | "store-unavailable";
type StatusOf<C extends ProblemCode> = (typeof PROBLEMS)[C]["status"];
type ProblemAnswer = {
  description: string;
  content: { "application/problem+json": { schema: typeof Problem } };
};

/** The answers of an operation that are problems: those common to all, and `codes`. */
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

/** An answer in JSON. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** The security requirement of an operation, with the scopes of which one is needed (OpenAPI 3.1). */
export const bearer = (...scopes: Scope[]) => [{ [BEARER_SCHEME]: scopes }];
