import { type DirectoryEntry, withUuid } from "../entry.ts";
import { dnIdentity } from "../identity.ts";
import type { Sought } from "../source.ts";
import { isNotThere, type Paging, REFERENCE, searchEntries } from "./search.ts";
import type { SearchQuery, Wire } from "./wire.ts";

/**
 * Looks for entries by their DNs, with one base search each; reports those that are there, match the query's filter, and
 * are still the same entries. Throws DirectoryError.
 */
export async function* entriesAt(
  wire: Wire,
  query: SearchQuery,
  uuidAttribute: string,
  sought: readonly Sought[],
  { silenceMs }: Pick<Paging, "silenceMs">,
): AsyncGenerator<DirectoryEntry> {
  for (const { uuid, dn } of sought) {
    try {
      const at: SearchQuery = { ...query, base: dn, scope: "base" };
      for await (const found of searchEntries(wire, at, { pageSize: undefined, silenceMs })) {
        if (found === REFERENCE) continue;
        const entry = withUuid(found, uuidAttribute);
        if ((entry.uuid ?? dnIdentity(dn)) === uuid) yield entry;
      }
    } catch (error) {
      if (!isNotThere(error)) throw error;
    }
  }
}
