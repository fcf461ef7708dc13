import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { canonicalLogin } from "../../../contract/names.ts";
import { Route, RouteParams, RouteQuery } from "../../../contract/routes.ts";
import type { EntryStore } from "../../../store/store.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiContext, ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import type { FeedTail } from "../changes/feed-tail.ts";
import { routeOf } from "./route-of.ts";

const getRoute = createRoute({
  method: "get",
  path: "/v1/routes/{login}",
  summary: "Where an account's mailbox is",
  description:
    "`domain` is appended to a login name that has none. `attributes` are up to 8 names of `directory.searchAttributes`, with commas between, whose first values come along. `Cache-Control: no-cache` has the answer read from the store for certain, not from a copy that may lag by a second.",
  security: bearer("edge", "support", "admin"),
  middleware: requireScope("edge", "support", "admin"),
  request: { params: RouteParams, query: RouteQuery },
  responses: {
    200: json(Route, "The route"),
    ...problems("unknown-user", "ambiguous-user"),
  },
});

/** The directive, perhaps among others (RFC 9111, section 5.2). */
const NO_CACHE = /(^|[\s,])no-cache($|[\s,])/i;

/** `GET /v1/routes/{login}?domain=`: where an account's mailbox is. */
export function routeRoutes(store: Pick<EntryStore, "find">, tail: Pick<FeedTail, "readingFor">) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getRoute, async (c) => {
    const { domain, attributes } = c.req.valid("query");
    const login = canonicalLogin(c.req.valid("param").login, domain);
    if (login === undefined) {
      return problem(c, "bad-request", "login: must be a name of 1 to 255 bytes without control characters");
    }
    const certain = NO_CACHE.test(c.req.header("Cache-Control") ?? "");
    const result = await store.find(login, certain ? "consistent" : tail.readingFor(login));
    switch (result.is) {
      case "found":
        return c.json(routeOf(result.entry, attributes?.split(",")), 200);
      case "unknown":
        return problem(c, "unknown-user");
      case "ambiguous":
        return ambiguous(c, result.dns);
    }
  });
}

/** Several entries fit. Who they are is for people: edges have no use for DNs. */
export function ambiguous(c: ApiContext, dns: readonly string[]) {
  const { scopes } = c.var.caller;
  const isPerson = scopes.includes("support") || scopes.includes("admin");
  return problem(c, "ambiguous-user", isPerson ? dns.join("; ") : undefined);
}
