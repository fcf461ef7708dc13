import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { canonicalLogin } from "../../../contract/names.ts";
import { Route, RouteParams, RouteQuery } from "../../../contract/routes.ts";
import type { EntryStore } from "../../../store/store.ts";
import type { FirstLoad } from "../../../sync/first-load.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiContext, ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import type { ChangeTail } from "../changes/change-tail.ts";
import { routeOf, withSource } from "./route-of.ts";

const getRoute = createRoute({
  method: "get",
  path: "/v1/routes/{login}",
  operationId: "getRoute",
  tags: ["routes"],
  summary: "Look up an account's route",
  description:
    "`domain` is appended to a login name that has none. `attributes` lists up to 8 of `directory.searchAttributes`, separated by commas, whose first values are included. `source=true` includes the DN of the entry and its login names. `Cache-Control: no-cache` forces a consistent read; otherwise the response may lag a change by a second.",
  security: bearer("edge", "support", "admin"),
  middleware: requireScope("edge", "support", "admin"),
  request: { params: RouteParams, query: RouteQuery },
  responses: {
    200: json(Route, "The route"),
    ...problems("unknown-user", "ambiguous-user", "not-loaded"),
  },
});

/** The directive, possibly among others (RFC 9111, section 5.2). */
const NO_CACHE = /(^|[\s,])no-cache($|[\s,])/i;

/** `GET /v1/routes/{login}?domain=`: the route of an account. */
export function routeRoutes(
  store: Pick<EntryStore, "find">,
  tail: Pick<ChangeTail, "consistencyFor">,
  firstLoad: FirstLoad,
) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getRoute, async (c) => {
    const { domain, attributes, source } = c.req.valid("query");
    const login = canonicalLogin(c.req.valid("param").login, domain);
    if (login === undefined) {
      return problem(c, "bad-request", "login: must be 1 to 255 bytes without control characters");
    }
    const noCache = NO_CACHE.test(c.req.header("Cache-Control") ?? "");
    const result = await store.find(login, noCache ? "consistent" : tail.consistencyFor(login));
    switch (result.is) {
      case "found": {
        const route = routeOf(result.entry, attributes?.split(","));
        return c.json(source === "true" ? withSource(route, result.entry) : route, 200);
      }
      case "unknown":
        return nobody(c, firstLoad);
      case "ambiguous":
        return ambiguous(c, result.dns);
    }
  });
}

/** No entry matches; while the directory has never been read whole, it may only not have been read yet. */
export async function nobody(c: ApiContext, firstLoad: FirstLoad) {
  return (await firstLoad.isDone()) ? problem(c, "unknown-user") : problem(c, "not-loaded");
}

/** Several entries match. Only people are shown their DNs; edges have no use for them. */
export function ambiguous(c: ApiContext, dns: readonly string[]) {
  const { scopes } = c.var.caller;
  const isPerson = scopes.includes("support") || scopes.includes("admin");
  return problem(c, "ambiguous-user", isPerson ? dns.join("; ") : undefined);
}
