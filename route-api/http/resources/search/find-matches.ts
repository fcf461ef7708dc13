import { normalDn } from "../../../contract/distinguished-names.ts";
import { searchValue } from "../../../contract/names.ts";
import { MATCH_PARTS_MAX, type Match } from "../../../contract/search.ts";
import { has } from "../../../store/searchable.ts";
import { type EntryStore, MATCHES_MAX, type RouteEntry } from "../../../store/store.ts";

export type FindMatchesResult =
  | { is: "entries"; entries: RouteEntry[] }
  /** Each part fits so many entries that one look-up must not read them all. */
  | { is: "too-many" };

/** Attributes and values that a match asks for, all its parts together. */
export const partsOf = (match: Match): number => {
  if ("attribute" in match) return 1;
  const parts = "all" in match ? match.all : match.any;
  return parts.reduce((sum, part) => sum + partsOf(part), 0);
};

/** A match is answered with at most MATCH_PARTS_MAX reads of at most MATCHES_MAX entries. */
export const isBounded = (match: Match): boolean => partsOf(match) <= MATCH_PARTS_MAX;

/**
 * The entries that fit, each once. Of the parts of an AND the first that is selective enough is looked up, and the
 * others are tried on what it found. Rejects with a StoreError.
 */
export async function findMatches(
  store: Pick<EntryStore, "match">,
  match: Match,
): Promise<FindMatchesResult> {
  if ("attribute" in match) {
    const { attribute, value } = spelled(match);
    // Consistent: certificates are looked up seldom, and the feed does not name these values.
    const entries = value === undefined ? [] : await store.match(attribute, value, "consistent");
    return entries.length < MATCHES_MAX ? { is: "entries", entries } : { is: "too-many" };
  }
  if ("any" in match) {
    const found = new Map<string, RouteEntry>();
    for (const part of match.any) {
      const result = await findMatches(store, part);
      if (result.is === "too-many") return result;
      for (const entry of result.entries) found.set(entry.uuid, entry);
    }
    return { is: "entries", entries: [...found.values()] };
  }
  for (const part of match.all) {
    const result = await findMatches(store, part);
    if (result.is === "entries") {
      return { is: "entries", entries: result.entries.filter((entry) => fits(entry, match)) };
    }
  }
  return { is: "too-many" };
}

function fits(entry: RouteEntry, match: Match): boolean {
  if ("all" in match) return match.all.every((part) => fits(entry, part));
  if ("any" in match) return match.any.some((part) => fits(entry, part));
  const { attribute, value } = spelled(match);
  return value !== undefined && has(entry, attribute, value);
}

/** Attribute and value as the store compares them; no value: none can be equal to it. */
function spelled({ attribute, value }: { attribute: string; value: string }) {
  const name = attribute.toLowerCase();
  return { attribute: name, value: name === "dn" ? normalDn(value) : searchValue(value) };
}
