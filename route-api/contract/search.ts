import { z } from "zod";
import { attributeName } from "./attribute-names.ts";
import { DN_PATTERN, normalDn } from "./distinguished-names.ts";
import { ROUTE_ATTRIBUTES_MAX } from "./routes.ts";

/** Attributes and values that an entry must have, combined by "all" (AND) and "any" (OR). */
export type Match = { attribute: string; value: string } | { all: Match[] } | { any: Match[] };

/** Most attribute-value pairs in one match. */
export const MATCH_PARTS_MAX = 16;
/** Longest value that can be searched for, in characters. */
export const MATCH_VALUE_MAX = 1024;
/** Longest base, in characters. */
export const BASE_MAX = 2048;
/** Longest certificate, in characters of base64. */
export const CERTIFICATE_MAX = 16_384;

export const Match: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.strictObject({ attribute: attributeName, value: z.string().min(1).max(MATCH_VALUE_MAX) }),
    z.strictObject({ all: z.array(Match).min(1).max(MATCH_PARTS_MAX) }),
    z.strictObject({ any: z.array(Match).min(1).max(MATCH_PARTS_MAX) }),
  ]),
);

/** Body of `POST /v1/route-searches`; the response is that of a look-up. */
export const RouteSearch = z.strictObject({
  match: Match,
  /** DN that the entry must equal or lie below. */
  base: z
    .string()
    .max(BASE_MAX)
    .regex(DN_PATTERN, "must be a DN (RFC 4514)")
    .refine((text) => normalDn(text) !== undefined, "must be a DN (RFC 4514)")
    .meta({ format: "dn", description: "A DN (RFC 4514)." })
    .optional(),
  /** DER in base64 of a certificate that the entry must have. */
  certificate: z.base64().max(CERTIFICATE_MAX).optional(),
  /** Attributes to include in the response, as with a look-up. */
  attributes: z.array(attributeName).max(ROUTE_ATTRIBUTES_MAX).optional(),
  /** Includes the entry's DN and login names, as with a look-up. */
  source: z.boolean().optional(),
});
export type RouteSearch = z.infer<typeof RouteSearch>;

/** Apart from the look-ups, whose paths end with a login name: `search` may be one. */
export const SEARCH_PATH = "/v1/route-searches";
