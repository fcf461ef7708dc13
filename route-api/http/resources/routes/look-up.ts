import type { ProblemCode } from "../../../contract/problems.ts";
import type { Route } from "../../../contract/routes.ts";
import type { EntryStore, FindResult } from "../../../store/store.ts";
import type { FirstLoad } from "../../../sync/first-load.ts";
import type { Caller } from "../../request-context.ts";
import type { ChangeTail } from "../changes/change-tail.ts";
import { routeOf, withSource } from "./route-of.ts";

/** A look-up whose parameters are valid. */
export interface AskedRoute {
  /** As `canonicalLogin` spells it. */
  login: string;
  /** Attributes to include, separated by commas. */
  attributes: string | undefined;
  withSource: boolean;
  /** The request's Cache-Control header. */
  cacheControl: string | undefined;
}

/** There is no one entry. */
export interface Refusal<C extends ProblemCode> {
  is: "refused";
  code: C;
  /** Shown to the caller. */
  detail?: string | undefined;
}

export type LookedUp =
  | { is: "route"; route: Route }
  | Refusal<"unknown-user" | "not-loaded">
  | Refusal<"ambiguous-user">;

/** Looks up a route on behalf of a caller; without a promise where the store needs none. Rejects with a StoreError. */
export type LookUp = (asked: AskedRoute, caller: Caller) => LookedUp | Promise<LookedUp>;

/** The directive, possibly among others (RFC 9111, section 5.2). */
const NO_CACHE = /(^|[\s,])no-cache($|[\s,])/i;

export function createLookUp(
  store: Pick<EntryStore, "find">,
  tail: Pick<ChangeTail, "consistencyFor">,
  firstLoad: FirstLoad,
): LookUp {
  const answer = (
    result: FindResult,
    { attributes, withSource: hasSource }: AskedRoute,
    caller: Caller,
  ): LookedUp | Promise<LookedUp> => {
    switch (result.is) {
      case "found": {
        const route = routeOf(result.entry, attributes?.split(","));
        return { is: "route", route: hasSource ? withSource(route, result.entry) : route };
      }
      case "unknown":
        return nobody(firstLoad);
      case "ambiguous":
        return ambiguous(caller, result.dns);
    }
  };
  return (asked, caller) => {
    const { login, cacheControl } = asked;
    const noCache = cacheControl !== undefined && NO_CACHE.test(cacheControl);
    const found = store.find(login, noCache ? "consistent" : tail.consistencyFor(login));
    return found instanceof Promise
      ? found.then((result) => answer(result, asked, caller))
      : answer(found, asked, caller);
  };
}

/** No entry matches; while the directory has never been read whole, it may only not have been read yet. */
export async function nobody(firstLoad: FirstLoad): Promise<Refusal<"unknown-user" | "not-loaded">> {
  return { is: "refused", code: (await firstLoad.isDone()) ? "unknown-user" : "not-loaded" };
}

/** Several entries match. Only people are shown their DNs; edges have no use for them. */
export function ambiguous({ scopes }: Caller, dns: readonly string[]): Refusal<"ambiguous-user"> {
  const isPerson = scopes.includes("support") || scopes.includes("admin");
  return { is: "refused", code: "ambiguous-user", detail: isPerson ? dns.join("; ") : undefined };
}
