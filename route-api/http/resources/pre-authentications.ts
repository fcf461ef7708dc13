import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { canonicalLogin } from "../../contract/names.ts";
import {
  PRE_AUTHENTICATIONS_PATH,
  PreAuthentication,
  PreAuthenticationResult,
} from "../../contract/pre-authentications.ts";
import { Secret } from "../../contract/secret.ts";
import type { PreAuth } from "../../directory/ldap/pre-auth.ts";
import type { EntryStore, RouteEntry } from "../../store/store.ts";
import { bearer, json, problems } from "../openapi.ts";
import { problem, refuseInvalid } from "../problem.ts";
import type { ApiEnv } from "../request-context.ts";
import { requireScope } from "../token.ts";

const preAuthenticate = createRoute({
  method: "post",
  path: PRE_AUTHENTICATIONS_PATH,
  operationId: "preAuthenticate",
  tags: ["routes"],
  summary: "Check a user's password against the directory",
  description:
    "Binds to the directory as the user, who is identified by a login name or by the `uuid` of a route; the entry at that DN must still have the UUID of the route. An unknown or ambiguous name, a disabled account and a wrong password all get the same response. An API without a directory server (LDIF, Lambda) responds directory-unavailable.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: PreAuthentication } },
    },
  },
  responses: {
    200: json(PreAuthenticationResult, "Whether the password is right"),
    ...problems("directory-unavailable", "body-too-large", "unsupported-media-type"),
  },
});

/** `POST /v1/pre-authentications`; without a directory server it always responds directory-unavailable. */
export function preAuthenticationRoutes(
  store: Pick<EntryStore, "find" | "get">,
  inForce: () => PreAuth | undefined = () => undefined,
) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(preAuthenticate, async (c) => {
    const asked = c.req.valid("json");
    const directory = inForce();
    if (directory === undefined) {
      return problem(c, "directory-unavailable", "no directory server is configured");
    }
    const entry = "uuid" in asked ? await store.get(asked.uuid) : await entryOf(store, asked);
    // An unknown name costs a bind too, so that neither the response nor its timing reveals it.
    const isPassword = await directory.check(entry, new Secret(asked.password));
    if (entry === undefined || entry.disabled !== undefined || !isPassword) {
      return c.json({ authenticated: false }, 200);
    }
    return c.json({ authenticated: true, account: entry.account }, 200);
  });
}

async function entryOf(
  store: Pick<EntryStore, "find">,
  { login, domain }: { login: string; domain?: string | undefined },
): Promise<RouteEntry | undefined> {
  const name = canonicalLogin(login, domain);
  const result = name === undefined ? undefined : await store.find(name, "eventual");
  return result?.is === "found" ? result.entry : undefined;
}
