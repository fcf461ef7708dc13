import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { z } from "zod";
import { ProblemError } from "./problem.ts";

/** The key set is fetched again when it is this old, in milliseconds. */
const KEYS_FRESH_MS = 600_000;
/** While the issuer is unavailable, the last key set is used for this long, in milliseconds. */
const KEYS_USABLE_MS = 86_400_000;
/** Shortest time between two fetches, in milliseconds: anybody can send a token with an unknown key ID. */
const REFETCH_MS = 30_000;
const FETCH_TIMEOUT_MS = 5000;
/** Largest key set that is read, in bytes, and most keys in it. */
const KEYS_MAX_BYTES = 262_144;
const KEYS_MAX = 64;

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(KEYS_MAX) });

/**
 * The issuer's keys (RFC 7517), fetched when a token first needs them, when they are old, and for an unknown key ID.
 * Rejects with a ProblemError if there are none and they cannot be fetched.
 */
export const issuerKeys = (url: string, log: Logger): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEYS_FRESH_MS,
    cooldownDuration: REFETCH_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
    [customFetch]: lastingFetch(log),
  });

/** Fetches the key set, within bounds; while that fails, the last good one is used. */
function lastingFetch(log: Logger): FetchImplementation {
  let last: { keys: z.infer<typeof KeySet>; atMs: number } | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  return async (url, options) => {
    if (performance.now() - failedAtMs >= REFETCH_MS) {
      try {
        last = { keys: await fetchKeys(url, options), atMs: performance.now() };
      } catch (error) {
        failedAtMs = performance.now();
        log.error({ url, error: (error as Error).message }, "token issuer's keys not fetched");
      }
    }
    if (last === undefined || performance.now() - last.atMs > KEYS_USABLE_MS) {
      throw new ProblemError("issuer-unavailable");
    }
    return Response.json(last.keys);
  };
}

async function fetchKeys(
  ...[url, options]: Parameters<FetchImplementation>
): Promise<z.infer<typeof KeySet>> {
  const response = await fetch(url, { ...options, redirect: "error" });
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > KEYS_MAX_BYTES) throw new Error(`more than ${KEYS_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return KeySet.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
}
