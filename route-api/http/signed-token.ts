import { verifyWithJwks } from "hono/jwt";
import type { HonoJsonWebKey } from "hono/utils/jwt/jws";
import type { Logger } from "pino";
import { z } from "zod";
import { type RouteApiConfig, Scope } from "../config/route-api.ts";
import { ProblemError } from "./problem.ts";
import type { Caller } from "./request-context.ts";
import type { Authenticate } from "./token.ts";

/** Algorithms that are taken; never one with a shared secret. */
const ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
/** Keys are fetched anew when they are this old, in milliseconds. */
const KEYS_FRESH_MS = 600_000;
/** While they cannot be fetched, old ones are good for this long, in milliseconds. */
const KEYS_USABLE_MS = 86_400_000;
/** They are fetched at most this often, in milliseconds: anybody can name a key that is not known. */
const REFETCH_MS = 30_000;
const FETCH_TIMEOUT_MS = 5000;
/** Largest key set that is read, in bytes, and keys taken from it. */
const KEYS_MAX_BYTES = 262_144;
const KEYS_MAX = 64;
/** A longer token is none. */
const TOKEN_MAX_CHARACTERS = 8192;
/** Type of an access token (RFC 9068, section 2.1), which may be written whole. */
const ACCESS_TOKEN = /^(application\/)?at\+jwt$/i;
const SCOPE_PREFIX = "mmp:";

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(KEYS_MAX) });
const Claims = z.looseObject({ exp: z.number(), sub: z.string().max(255).optional() });
const Header = z.looseObject({ kid: z.string(), typ: z.string().optional() });

type JwtConfig = NonNullable<RouteApiConfig["jwt"]>;

export interface JwtOptions {
  config: JwtConfig;
  log: Logger;
  /** Milliseconds on a clock that never goes back. */
  nowMs?: () => number;
}

/**
 * Takes signed tokens of an identity provider (RFC 7519, RFC 9068): signature by one of its keys (RFC 7517), issuer,
 * audience and expiry must be right. Its scopes are `mmp:edge`, `mmp:support`, `mmp:admin` in the scope claim.
 */
export function createJwtAuthenticator({
  config,
  log,
  nowMs = () => performance.now(),
}: JwtOptions): Authenticate {
  const keys = createKeyCache(config.jwksUrl, log, nowMs);
  return async (token) => {
    const header = headerOf(token);
    if (header === undefined) return undefined;
    const known = await keys(header.kid);
    try {
      const claims = await verifyWithJwks(token, {
        keys: known,
        allowedAlgorithms: [...ALGORITHMS],
        verification: {
          iss: config.issuer,
          aud: config.audience,
          // Clocks differ; that a token was issued a moment from now is no reason.
          iat: false,
          ...(ACCESS_TOKEN.test(header.typ ?? "") ? { typ: "at+jwt" } : {}),
        },
      });
      return callerOf(Claims.parse(claims), config.scopeClaim);
    } catch (error) {
      log.debug({ error: (error as Error).name }, "signed token refused");
      return undefined;
    }
  };
}

function headerOf(token: string): z.infer<typeof Header> | undefined {
  if (token.length > TOKEN_MAX_CHARACTERS || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    const [first = ""] = token.split(".");
    return Header.parse(JSON.parse(Buffer.from(first, "base64url").toString("utf8")));
  } catch {
    return undefined;
  }
}

function callerOf(claims: z.infer<typeof Claims>, scopeClaim: string): Caller {
  const claim = claims[scopeClaim];
  const words = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  const scopes = Scope.options.filter((scope) => words.includes(SCOPE_PREFIX + scope));
  return { name: `jwt:${claims.sub ?? ""}`, scopes };
}

/** Gives the issuer's keys, fetched when they are old or lack the one asked for; old ones serve while a fetch fails. */
function createKeyCache(url: string, log: Logger, nowMs: () => number) {
  let keys: HonoJsonWebKey[] = [];
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    triedAtMs = nowMs();
    try {
      keys = await fetchKeys(url);
      fetchedAtMs = nowMs();
    } catch (error) {
      log.error({ url, error: (error as Error).message }, "keys of the token issuer not fetched");
    }
  };

  return async (kid: string): Promise<HonoJsonWebKey[]> => {
    const isKnown = keys.some((key) => key.kid === kid);
    const isFresh = nowMs() - fetchedAtMs < KEYS_FRESH_MS;
    if (!(isKnown && isFresh) && nowMs() - triedAtMs >= REFETCH_MS) {
      fetching ??= refresh().finally(() => {
        fetching = undefined;
      });
    }
    if (!isKnown) await fetching;
    if (keys.length === 0 || nowMs() - fetchedAtMs > KEYS_USABLE_MS)
      throw new ProblemError("issuer-unavailable");
    return keys;
  };
}

async function fetchKeys(url: string): Promise<HonoJsonWebKey[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: "error" });
  if (!response.ok || response.body === null) throw new Error(`it answered with status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > KEYS_MAX_BYTES) throw new Error(`more than ${KEYS_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return KeySet.parse(JSON.parse(Buffer.concat(chunks).toString("utf8"))).keys as HonoJsonWebKey[];
}
