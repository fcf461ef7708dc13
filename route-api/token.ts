import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Secret } from "./contract.ts";
import { problem, type RequestVariables } from "./problem.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Lets only requests with the bearer token through (RFC 6750); how long the comparison takes tells nothing of it. */
export function requireToken(token: Secret): MiddlewareHandler<{ Variables: RequestVariables }> {
  const expected = digest(token.reveal());
  return async (c, next) => {
    const given = /^Bearer ([\x21-\x7e]+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      c.header("WWW-Authenticate", "Bearer");
      return problem(c, "unauthorized");
    }
    return next();
  };
}
