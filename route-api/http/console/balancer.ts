import { compactVerify, decodeProtectedHeader, importSPKI } from "jose";
import type { Logger } from "pino";
import { z } from "zod";
import type { ConsoleConfig } from "../../config/console.ts";
import { createRate } from "../limits.ts";
import type { Caller } from "../request-context.ts";

/** The user's claims, signed by an Application Load Balancer that has signed the user in by OpenID Connect. */
export const CLAIMS_HEADER = "x-amzn-oidc-data";

export interface BalancerOptions {
  settings: NonNullable<ConsoleConfig["loadBalancer"]>;
  log: Logger;
  nowMs?: () => number;
  /** Fetches a key; replaced in tests. */
  fetchText?: (url: string) => Promise<string>;
}

/** Who a header signs in, with scopes by their groups: none for those of no group. Undefined if it is not genuine. */
export type ReadClaims = (header: string) => Promise<Caller | undefined>;

/** A longer header is rejected unread, in characters; the balancer sends at most 11 KiB. */
const HEADER_MAX_CHARACTERS = 12_288;
/** Keys that are kept; the balancer has one or two at a time. */
const KEYS_MAX = 16;
/** Fetches of keys per second, and at once: anybody can send a header with an unknown key ID. */
const FETCHES_PER_SECOND = 0.2;
const FETCHES_AT_ONCE = 5;
const FETCH_TIMEOUT_MS = 5000;
/** Largest key that is read, in characters. */
const KEY_MAX_CHARACTERS = 4096;

type Key = Awaited<ReturnType<typeof importSPKI>>;

const ALGORITHM = "ES256";
const Header = z.looseObject({
  alg: z.literal(ALGORITHM),
  kid: z.string().regex(/^[\w-]{1,64}$/),
  signer: z.string(),
  iss: z.string(),
  exp: z.number(),
});
const Claims = z.looseObject({ sub: z.string().min(1).max(255) });

/**
 * Reads the header of a balancer: signature (ES256, by the key of the region's endpoint that the header names), the
 * balancer's own ARN, issuer and expiry must be right.
 */
export function createBalancer(options: BalancerOptions): ReadClaims {
  const { settings, log, nowMs = Date.now, fetchText = fetchKey } = options;
  const { signer, issuer, keysUrl = keysUrlOf(signer) } = settings;
  const keys = new Map<string, Key>();
  const mayFetch = createRate(FETCHES_PER_SECOND, FETCHES_AT_ONCE);

  async function keyOf(kid: string): Promise<Key> {
    const known = keys.get(kid);
    if (known !== undefined) return known;
    if (!mayFetch("")) throw new Error("too many unknown keys");
    const key = await importSPKI(await fetchText(`${keysUrl}/${kid}`), ALGORITHM);
    if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value ?? "");
    keys.set(kid, key);
    return key;
  }

  return async (header) => {
    try {
      if (header.length > HEADER_MAX_CHARACTERS) throw new Error("too long");
      const { kid, exp, ...claimed } = Header.parse(decodeProtectedHeader(header));
      if (claimed.signer !== signer) throw new Error("another signer");
      if (claimed.iss !== issuer) throw new Error("another issuer");
      if (exp * 1000 <= nowMs()) throw new Error("expired");
      const { payload } = await compactVerify(header, await keyOf(kid), { algorithms: [ALGORITHM] });
      return callerOf(Claims.parse(JSON.parse(new TextDecoder().decode(payload))), settings);
    } catch (error) {
      log.warn({ error: (error as Error).message.slice(0, 200) }, "load balancer's claims rejected");
      return undefined;
    }
  };
}

/** Where a balancer's keys are: its region is in its ARN. */
function keysUrlOf(arn: string): string {
  const [, partition, , region = ""] = arn.split(":");
  return `https://public-keys.auth.elb.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
}

function callerOf(
  claims: z.infer<typeof Claims>,
  { nameClaim, groupsClaim, groups }: BalancerOptions["settings"],
): Caller {
  const named = claims[nameClaim];
  const claim = claims[groupsClaim];
  const mine = typeof claim === "string" ? claim.split(/[\s,]+/) : Array.isArray(claim) ? claim : [];
  const scopes = (["support", "admin"] as const).filter((scope) =>
    groups[scope].some((group) => mine.includes(group)),
  );
  const name = typeof named === "string" && named !== "" ? named.slice(0, 255) : claims.sub;
  return { name: `oidc:${name}`, scopes };
}

async function fetchKey(url: string): Promise<string> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`key not fetched: status ${response.status}`);
  const text = await response.text();
  if (text.length > KEY_MAX_CHARACTERS) throw new Error("key not fetched: too large");
  return text;
}
