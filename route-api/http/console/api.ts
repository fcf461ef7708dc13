import type { z } from "zod";
import { IDEMPOTENCY_KEY } from "../../contract/audit.ts";
import { Problem } from "../../contract/problems.ts";
import type { ApiEnv, Caller } from "../request-context.ts";

/** The API's own resources, asked inside the process: scopes, limits and the audit are theirs. */
export interface ConsoleApi {
  /** Rejects with an ApiProblem. */
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  /** An action; with the same key it takes effect once. Rejects with an ApiProblem. */
  send<S extends z.ZodType>(request: ApiAction, schema: S): Promise<z.output<S>>;
}

export interface ApiAction {
  method: "POST" | "DELETE";
  path: string;
  body: object;
  key: string;
  /** The state that it is meant for, such as the ID of a hold. */
  ifMatch?: string;
}

/** The API's app. */
export type AskApi = (path: string, init: RequestInit, env: ApiEnv["Bindings"]) => Promise<Response>;

/** The API said no, or has failed. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** The API as a caller may use it. Its log has the page's request ID. */
export function consoleApi(ask: AskApi, caller: Caller, requestId: string): ConsoleApi {
  const call = async <S extends z.ZodType>(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string },
    schema: S,
  ): Promise<z.output<S>> => {
    const headers = { ...init.headers, "X-Request-Id": requestId };
    const response = await ask(path, { ...init, headers }, { signedIn: caller });
    const body: unknown = await response.json();
    if (!response.ok) throw new ApiProblem(Problem.parse(body));
    return schema.parse(body);
  };
  return {
    get: (path, schema) => call(path, {}, schema),
    send: ({ method, path, body, key, ifMatch }, schema) =>
      call(
        path,
        {
          method,
          headers: {
            "Content-Type": "application/json",
            [IDEMPOTENCY_KEY]: key,
            ...(ifMatch === undefined ? {} : { "If-Match": ifMatch }),
          },
          body: JSON.stringify(body),
        },
        schema,
      ),
  };
}
