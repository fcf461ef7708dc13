import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { PreAuthentication, PreAuthenticationResult, Secret } from "../contract.ts";
import type { PreAuth } from "../directory/pre-auth.ts";
import { canonicalLogin } from "../names.ts";
import { bearer, json, problems } from "../openapi.ts";
import { type ApiEnv, problem, refuseInvalid } from "../problem.ts";
import type { EntryStore } from "../store/store.ts";
import { requireScope } from "../token.ts";

const preAuthenticate = createRoute({
  method: "post",
  path: "/v1/pre-authentications",
  summary: "Is this the user's password in the directory?",
  description:
    "Binds to the directory as the user. An unknown name, an ambiguous one, a disabled account and a wrong password are all the same answer. An API without a directory server (LDIF, Lambda) answers directory-unavailable.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: PreAuthentication } },
    },
  },
  responses: {
    200: json(PreAuthenticationResult, "Whether it is"),
    ...problems("directory-unavailable", "body-too-large", "unsupported-media-type"),
  },
});

/** `POST /v1/pre-authentications`; without a directory server it can only say so. */
export function preAuthenticationRoutes(store: Pick<EntryStore, "find">, directory: PreAuth | undefined) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(preAuthenticate, async (c) => {
    const { login, domain, password } = c.req.valid("json");
    if (directory === undefined) {
      return problem(c, "directory-unavailable", "this API has no directory server to ask");
    }
    const name = canonicalLogin(login, domain);
    const result = name === undefined ? undefined : await store.find(name, "eventual");
    const entry = result?.is === "found" ? result.entry : undefined;
    // An unknown name costs a bind too, so that neither the answer nor its time tells that it is unknown.
    const isPassword = await directory.check(entry?.dn, new Secret(password));
    if (entry === undefined || entry.disabled !== undefined || !isPassword) {
      return c.json({ authenticated: false }, 200);
    }
    return c.json({ authenticated: true, account: entry.account }, 200);
  });
}
