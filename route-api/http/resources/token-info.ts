import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { TOKEN_PATH, TokenInfo } from "../../contract/tokens.ts";
import { bearer, json, problems } from "../openapi.ts";
import { refuseInvalid } from "../problem.ts";
import type { ApiEnv } from "../request-context.ts";
import { requireScope } from "../token.ts";

const getToken = createRoute({
  method: "get",
  path: TOKEN_PATH,
  operationId: "getToken",
  tags: ["token"],
  summary: "Name and scopes of the token",
  description: "Whose token the request has, and what it allows: to see whether a token is in force.",
  security: bearer("edge", "support", "admin"),
  middleware: requireScope("edge", "support", "admin"),
  responses: { 200: json(TokenInfo, "The bearer"), ...problems() },
});

/** `GET /v1/token`: who is asking. */
export const tokenRoutes = () =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getToken, (c) => {
    const { name, scopes } = c.var.caller;
    return c.json({ name, scopes: [...scopes] }, 200);
  });
