import type { Context } from "hono";
import type { Scope } from "../config/route-api.ts";

/** Who sent a request, and what they may do. */
export interface Caller {
  name: string;
  scopes: readonly Scope[];
}

/** What every request carries; `caller` is set once its token has been checked. */
export interface ApiEnv {
  /** Where it came from; a function does not know. */
  Bindings: { peer?: string | undefined };
  Variables: { requestId: string; caller: Caller };
}
export type ApiContext = Context<ApiEnv>;
