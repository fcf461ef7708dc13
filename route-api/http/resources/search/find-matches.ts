import { normalDn } from "../../../contract/distinguished-names.ts";
import { searchValue } from "../../../contract/names.ts";
import { MATCH_PARTS_MAX, type Match } from "../../../contract/search.ts";
import { has } from "../../../store/searchable.ts";
import { type EntryStore, MATCHES_MAX, type StoredEntry } from "../../../store/store.ts";

export type FindMatchesResult =
  | { is: "entries"; entries: StoredEntry[] }
  /** Every part matches too many entries to read in one look-up. */
  | { is: "too-many" };

/** Number of attribute-value pairs in a match. */
export const partsOf = (match: Match): number => {
  if ("attribute" in match) return 1;
  const parts = "all" in match ? match.all : match.any;
  return parts.reduce((sum, part) => sum + partsOf(part), 0);
};

/** Limits a match to MATCH_PARTS_MAX reads of at most MATCHES_MAX entries each. */
export const isBounded = (match: Match): boolean => partsOf(match) <= MATCH_PARTS_MAX;

/**
 * The matching entries, each once. For an AND, the first part that is selective enough is looked up and its result is
 * filtered by the others. Rejects with a StoreError.
 */
export async function findMatches(
  store: Pick<EntryStore, "match">,
  match: Match,
): Promise<FindMatchesResult> {
  if ("attribute" in match) {
    const { attribute, value } = normalized(match);
    // Consistent: searches are rare, and the change feed does not name these values.
    const entries = value === undefined ? [] : await store.match(attribute, value, "consistent");
    return entries.length < MATCHES_MAX ? { is: "entries", entries } : { is: "too-many" };
  }
  if ("any" in match) {
    const found = new Map<string, StoredEntry>();
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

function fits(entry: StoredEntry, match: Match): boolean {
  if ("all" in match) return match.all.every((part) => fits(entry, part));
  if ("any" in match) return match.any.some((part) => fits(entry, part));
  const { attribute, value } = normalized(match);
  return value !== undefined && has(entry, attribute, value);
}

/** Attribute and value in the store's normal form; no value if none can match. */
function normalized({ attribute, value }: { attribute: string; value: string }) {
  const name = attribute.toLowerCase();
  return { attribute: name, value: name === "dn" ? normalDn(value) : searchValue(value) };
}
