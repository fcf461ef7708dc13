import { z } from "zod";
import { attributeName } from "./attribute-names.ts";
import { foldedName, name } from "./names.ts";
import { ROUTE_ATTRIBUTES_MAX, StoreOverride } from "./routes.ts";
import { Match } from "./search.ts";

/** Spellings of a name that one request may ask about. */
export const CLAIMED_NAMES_MAX = 40;
/** Longest spelling, in characters. */
const CLAIMED_NAME_MAX = 1024;

/** Body of `POST /v1/claims`: which entries claim any of these names, or match? */
export const ClaimsRequest = z.strictObject({
  /** Spellings of a user name, as a mail store may be told it. */
  names: z.array(name.max(CLAIMED_NAME_MAX)).min(1).max(CLAIMED_NAMES_MAX),
  /** For names that are made from attributes: entries that have these too. */
  match: Match.optional(),
  /** Attributes to include in the response. */
  attributes: z.array(attributeName).max(ROUTE_ATTRIBUTES_MAX).optional(),
});
export type ClaimsRequest = z.infer<typeof ClaimsRequest>;

/** An entry that claims one of the names, or matches. */
export const Claim = z.object({
  uuid: z.string().min(1),
  /** For support. */
  dn: z.string(),
  account: z.string(),
  override: StoreOverride.optional(),
  /** One of the names is its account, one of its login names, or its user name at the store. */
  claims: z.boolean(),
  attributes: z.record(z.string(), z.array(z.string())).optional(),
});
export type Claim = z.infer<typeof Claim>;

/** Response of `POST /v1/claims`, from a consistent read. */
export const Claims = z.object({
  entries: z.array(Claim),
  /** False if there are too many entries to list. */
  complete: z.boolean(),
});
export type Claims = z.infer<typeof Claims>;

/** The names by which a mail store may know an account, as `foldedName` spells them. */
export const claimsOf = ({
  account,
  logins,
  override,
}: {
  account: string;
  logins: readonly string[];
  override?: StoreOverride | undefined;
}): string[] => [
  ...new Set([account, ...logins, ...(override?.user === undefined ? [] : [override.user])].map(foldedName)),
];

export const CLAIMS_PATH = "/v1/claims";
