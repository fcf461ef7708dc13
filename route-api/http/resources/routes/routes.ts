import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { canonicalLogin } from "../../../contract/names.ts";
import { Route, RouteParams, RouteQuery } from "../../../contract/routes.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import type { LookUp } from "./look-up.ts";

export const getRoute = createRoute({
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

/** `GET /v1/routes/{login}?domain=`: the route of an account. */
export function routeRoutes(lookUp: LookUp) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getRoute, async (c) => {
    const { domain, attributes, source } = c.req.valid("query");
    const login = canonicalLogin(c.req.valid("param").login, domain);
    if (login === undefined) {
      return problem(c, "bad-request", "login: must be 1 to 255 bytes without control characters");
    }
    const cacheControl = c.req.header("Cache-Control");
    const asked = { login, attributes, withSource: source === "true", cacheControl };
    const answer = await lookUp(asked, c.var.caller);
    return answer.is === "route" ? c.json(answer.route, 200) : problem(c, answer.code, answer.detail);
  });
}
