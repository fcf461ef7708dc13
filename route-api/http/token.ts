import { hash, timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { Secret } from "../contract/secret.ts";
import type { Scope } from "../contract/tokens.ts";
import { problem } from "./problem.ts";
import type { ApiEnv, Caller } from "./request-context.ts";

/** A token from the configuration. */
export interface StaticToken extends Caller {
  secret: Secret;
}

/** The bearer of a token; undefined if the token is invalid. Rejects with a ProblemError if that cannot be decided. */
export type Authenticate = (token: string) => Caller | undefined | Promise<Caller | undefined>;

/** A caller, and a key made from their token. */
export interface KeyedCaller {
  caller: Caller;
  digest: Buffer;
}

/** Static tokens, which can be replaced while the API is running. */
export interface TokenSet {
  find(token: string): Caller | undefined;
  /** The bearer of this name, with a key that only their token yields; undefined if there is none any more. */
  named(name: string): KeyedCaller | undefined;
  replace(tokens: readonly StaticToken[]): void;
}

/** In one call, which takes Bun a fifth of the time that createHash does. */
const digest = (text: string): Buffer => hash("sha256", text, "buffer");

/** The tokens of the configuration. `find` compares the digests of all of them, so its timing reveals nothing. */
export function createTokenSet(tokens: readonly StaticToken[]): TokenSet {
  let known: KeyedCaller[] = [];
  const replace = (next: readonly StaticToken[]): void => {
    known = next.map(({ name, scopes, secret }) => ({
      caller: { name, scopes },
      digest: digest(secret.reveal()),
    }));
  };
  replace(tokens);
  return {
    replace,
    named: (name) => known.find(({ caller }) => caller.name === name),
    find(token) {
      const given = digest(token);
      let found: Caller | undefined;
      for (const each of known) {
        // During a rotation several names may have one token; the first is the bearer's own.
        if (timingSafeEqual(given, each.digest)) found ??= each.caller;
      }
      return found;
    },
  };
}

/** A bearer token in the Authorization header (RFC 6750, section 2.1). */
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

export const bearerToken = (authorization: string | null | undefined): string | undefined =>
  BEARER.exec(authorization ?? "")?.[1];

/** Admits only requests with a valid token, or of somebody who is signed in to the console, and sets the caller. */
export const requireToken = (authenticate: Authenticate) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const signedIn = c.env?.signedIn;
    if (signedIn !== undefined) {
      c.set("caller", signedIn);
      return next();
    }
    const token = bearerToken(c.req.header("Authorization"));
    const caller = token === undefined ? undefined : await authenticate(token);
    if (caller === undefined) {
      c.header("WWW-Authenticate", token === undefined ? "Bearer" : 'Bearer error="invalid_token"');
      return problem(c, "unauthorized");
    }
    c.set("caller", c.env?.barsEdges === true ? withoutEdge(caller) : caller);
    return next();
  });

/** What remains of a token on a connection without a client certificate. */
const withoutEdge = ({ name, scopes }: Caller): Caller => ({
  name,
  scopes: scopes.filter((scope) => scope !== "edge"),
});

/** Admits only callers with one of the scopes. */
export const requireScope = (...scopes: readonly Scope[]) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    if (c.get("caller").scopes.some((scope) => scopes.includes(scope))) return next();
    c.header("WWW-Authenticate", `Bearer error="insufficient_scope", scope="${scopes.join(" ")}"`);
    const certificate = c.env?.barsEdges === true && scopes.includes("edge");
    const more = certificate ? "; edge counts only with a client certificate" : "";
    return problem(c, "forbidden", `requires one of the scopes ${scopes.join(", ")}${more}`);
  });
