import type { Context } from "hono";
import type { ApiEnv } from "../request-context.ts";
import type { ConsoleApi } from "./api.ts";

/** What every page of the console has; all but the request's ID are set once somebody is signed in. */
export interface ConsoleEnv {
  Bindings: ApiEnv["Bindings"];
  Variables: ApiEnv["Variables"] & {
    /** The API, asked on the caller's behalf. */
    api: ConsoleApi;
    /** Stands in every form. */
    formToken: string;
    /** Signed in here, and not by a load balancer in front, which alone can sign out. */
    signsOut: boolean;
  };
}
export type ConsoleContext = Context<ConsoleEnv>;

/** Whether the caller may act, and not only look. */
export const isAdmin = (c: ConsoleContext): boolean => c.var.caller.scopes.includes("admin");
