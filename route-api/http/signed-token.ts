import { decodeProtectedHeader, jwtVerify } from "jose";
import type { Logger } from "pino";
import { z } from "zod";
import type { RouteApiConfig } from "../config/route-api.ts";
import { Scope } from "../contract/tokens.ts";
import { issuerKeys } from "./issuer-keys.ts";
import { ProblemError } from "./problem.ts";
import type { Caller } from "./request-context.ts";
import type { Authenticate } from "./token.ts";

/** Accepted algorithms; never one with a shared secret. */
const ALGORITHMS = ["RS256", "ES256", "EdDSA"];
/** A longer token is rejected unread, in characters. */
const TOKEN_MAX_CHARACTERS = 8192;
/** The type of access tokens (RFC 9068, section 2.1), which may be written in full. */
const ACCESS_TOKEN = /^(application\/)?at\+jwt$/i;
const SCOPE_PREFIX = "mmp:";

const Claims = z.looseObject({ sub: z.string().max(255).optional() });
const AnyHeader = z.looseObject({ kid: z.string() });
const Header = AnyHeader.extend({ typ: z.string().regex(ACCESS_TOKEN) });

export interface JwtOptions {
  config: NonNullable<RouteApiConfig["jwt"]>;
  log: Logger;
}

/**
 * Accepts signed tokens of an identity provider (RFC 7519, RFC 9068) if their signature is from one of its keys, and
 * type, issuer, audience and expiry are right. Scopes are `mmp:edge`, `mmp:support`, `mmp:admin` in the scope claim.
 */
export function createJwtAuthenticator({ config, log }: JwtOptions): Authenticate {
  const keys = issuerKeys(config.jwksUrl, log);
  const header = config.acceptAnyType ? AnyHeader : Header;
  return async (token) => {
    if (!hasAcceptedHeader(token, header)) return undefined;
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer: config.issuer,
        audience: config.audience,
        requiredClaims: ["exp"],
      });
      return callerOf(Claims.parse(payload), config.scopeClaim);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      log.debug({ error: (error as Error).name }, "signed token rejected");
      return undefined;
    }
  };
}

/** Whether it looks like a token of an accepted type that names its key: only then are keys fetched for it. */
function hasAcceptedHeader(token: string, header: z.ZodType): boolean {
  if (token.length > TOKEN_MAX_CHARACTERS) return false;
  try {
    return header.safeParse(decodeProtectedHeader(token)).success;
  } catch {
    return false;
  }
}

function callerOf(claims: z.infer<typeof Claims>, scopeClaim: string): Caller {
  const claim = claims[scopeClaim];
  const words = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  const scopes = Scope.options.filter((scope) => words.includes(SCOPE_PREFIX + scope));
  return { name: `jwt:${claims.sub ?? ""}`, scopes };
}
