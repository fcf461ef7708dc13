import { CLAIMED_NAMES_MAX, type Claim, type ClaimsRequest } from "../../route-api/contract/claims.ts";
import { foldedName } from "../../route-api/contract/names.ts";
import type { ClaimsAnswer, Route } from "../api-client/answers.ts";
import { loginParts, type NameSettings } from "../identity/login-parts.ts";
import { type ReplayFormat, replayedAttributes } from "../identity/replay-format.ts";
import { type StoreUser, userAtStore } from "./account.ts";

/** How a policy makes the name of an account at its store. */
export interface NamePolicy {
  readonly names: NameSettings;
  readonly replayFormat: ReplayFormat | undefined;
}

/**
 * The name that the store is told where the edge logs in on a user's behalf. It is made from the account, never from what
 * the client typed: no store checks it, and an alias must not lead to somebody else's mailbox.
 */
export const nameOnBehalf = (
  { names, replayFormat }: NamePolicy,
  entry: Pick<Route, "account" | "override" | "attributes">,
): StoreUser => userAtStore(replayFormat, entry, loginParts(entry.account, names));

/** Asks for every entry that the store may know by the name, and for those of which the same name is made. */
export function claimsOn(
  { names, replayFormat }: NamePolicy,
  name: string,
  { attributes = {} }: Route,
): ClaimsRequest {
  const used = replayFormat === undefined ? [] : replayedAttributes(replayFormat);
  const all = used.flatMap((attribute) => {
    const value = attributes[attribute]?.[0];
    return value === undefined ? [] : [{ attribute, value }];
  });
  return {
    names: spellings(name, names),
    ...(all.length === 0 ? {} : { match: { all } }),
    ...(used.length === 0 ? {} : { attributes: used }),
  };
}

/**
 * The spellings by which a store may know the same user: each delimiter between user and domain, and without the domain
 * where it is the default.
 */
function spellings(name: string, settings: NameSettings): string[] {
  const { delimiters, canonicalDelimiter, defaultDomain } = settings;
  const { canonical, user, domain } = loginParts(name, settings);
  const all = new Set([name, canonical]);
  if (domain !== "") {
    for (const delimiter of [...delimiters, canonicalDelimiter]) all.add(`${user}${delimiter}${domain}`);
    if (foldedName(domain) === foldedName(defaultDomain)) all.add(user);
  }
  return [...all].slice(0, CLAIMED_NAMES_MAX);
}

export type OwnerVerdict = { ok: true } | { ok: false; detail: string };

/**
 * Whether the name belongs to the route's entry and to no other. Other spellings count as the same name, since a store
 * may take them for it; and so does the name that the policy makes of another entry.
 */
export function judgeOwner(
  policy: NamePolicy,
  name: string,
  { uuid }: Pick<Route, "uuid">,
  answer: Exclude<ClaimsAnswer, { is: "unavailable" }>,
): OwnerVerdict {
  const quoted = JSON.stringify(name);
  if (answer.is === "too-many") return no(`too many entries may claim ${quoted}`);
  const own = answer.entries.find((entry) => entry.uuid === uuid);
  if (own === undefined) return no(`${quoted} does not lead back to the entry`);
  const now = nameOnBehalf(policy, own);
  if (!now.ok || now.user !== name) return no(`${quoted} is no longer the name of ${own.dn}`);
  const others = answer.entries.filter((entry) => entry !== own && isNamed(policy, name, entry));
  if (others.length === 0) return { ok: true };
  const dns = [own, ...others].map(({ dn }) => dn).sort();
  return no(`${quoted} is claimed by ${dns.join("; ")}`);
}

function isNamed(policy: NamePolicy, name: string, entry: Claim): boolean {
  if (entry.claims) return true;
  const made = nameOnBehalf(policy, entry);
  return made.ok && foldedName(made.user) === foldedName(name);
}

const no = (detail: string): OwnerVerdict => ({ ok: false, detail });
