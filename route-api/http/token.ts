import { createHash, timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { Scope } from "../config/route-api.ts";
import type { Secret } from "../contract/secret.ts";
import { problem } from "./problem.ts";
import type { ApiEnv, Caller } from "./request-context.ts";

/** A token that an operator gave out. */
export interface StaticToken extends Caller {
  secret: Secret;
}

/** The bearer of a token, or undefined where it is none of ours. Rejects with a ProblemError where that cannot be said. */
export type Authenticate = (token: string) => Caller | undefined | Promise<Caller | undefined>;

/** Tokens that can be exchanged while the API runs. */
export interface TokenSet {
  find(token: string): Caller | undefined;
  replace(tokens: readonly StaticToken[]): void;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The tokens of the configuration. How long `find` takes tells nothing of them: it compares digests, and all of them. */
export function createTokenSet(tokens: readonly StaticToken[]): TokenSet {
  let known: { caller: Caller; digest: Buffer }[] = [];
  const replace = (next: readonly StaticToken[]): void => {
    known = next.map(({ name, scopes, secret }) => ({
      caller: { name, scopes },
      digest: digest(secret.reveal()),
    }));
  };
  replace(tokens);
  return {
    replace,
    find(token) {
      const given = digest(token);
      let found: Caller | undefined;
      for (const each of known) if (timingSafeEqual(given, each.digest)) found = each.caller;
      return found;
    },
  };
}

/** A bearer token in its header (RFC 6750, section 2.1). */
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** Lets only requests with a token through, and says who sends it. */
export const requireToken = (authenticate: Authenticate) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const token = BEARER.exec(c.req.header("Authorization") ?? "")?.[1];
    const caller = token === undefined ? undefined : await authenticate(token);
    if (caller === undefined) {
      c.header("WWW-Authenticate", token === undefined ? "Bearer" : 'Bearer error="invalid_token"');
      return problem(c, "unauthorized");
    }
    c.set("caller", caller);
    return next();
  });

/** Lets only callers through that have one of the scopes. */
export const requireScope = (...scopes: readonly Scope[]) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    if (c.var.caller.scopes.some((scope) => scopes.includes(scope))) return next();
    c.header("WWW-Authenticate", `Bearer error="insufficient_scope", scope="${scopes.join(" ")}"`);
    return problem(c, "forbidden", `it takes one of the scopes ${scopes.join(", ")}`);
  });
