import { Hono } from "hono";
import { type Route, RouteParams, RouteQuery } from "../contract.ts";
import { canonicalLogin } from "../names.ts";
import { problem, type RequestVariables } from "../problem.ts";
import type { RouteEntry, RouteStore } from "../store/store.ts";

/** `GET /v1/routes/{login}?domain=`: where an account's mailbox is. */
export function routeRoutes(store: Pick<RouteStore, "find">) {
  return new Hono<{ Variables: RequestVariables }>().get("/:login", async (c) => {
    const params = RouteParams.safeParse(c.req.param());
    const query = RouteQuery.safeParse(c.req.query());
    const login =
      params.success && query.success ? canonicalLogin(params.data.login, query.data.domain) : undefined;
    if (login === undefined)
      return problem(c, "bad-request", "login must be a name of 1 to 255 bytes in UTF-8");
    const result = await store.find(login);
    switch (result.is) {
      case "found":
        return c.json(routeOf(result.entry));
      case "unknown":
        return problem(c, "unknown-user");
      case "ambiguous":
        return problem(c, "ambiguous-user", result.dns.join("; "));
    }
  });
}

const routeOf = ({ account, uuid, mailHost, version }: RouteEntry): Route => ({
  account,
  uuid,
  mailHost,
  version,
});
