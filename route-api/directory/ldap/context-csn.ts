import { type Csns, csnsOf } from "../csn.ts";
import { isNotThere, type Paging, REFERENCE, searchEntries } from "./search.ts";
import type { SearchQuery, Wire } from "./wire.ts";

/** The search for OpenLDAP's contextCSN: every change that the server has applied, by the server that made it. */
export const contextCsnQuery = (context: string): SearchQuery => ({
  base: context,
  scope: "base",
  filter: "(objectClass=*)",
  attributes: ["contextCSN"],
});

/** What the server has applied; undefined if it does not tell. Throws DirectoryError. */
export async function readContextCsns(
  wire: Wire,
  context: string,
  { silenceMs }: Pick<Paging, "silenceMs">,
): Promise<Csns | undefined> {
  const values: string[] = [];
  try {
    const query = contextCsnQuery(context);
    for await (const found of searchEntries(wire, query, { pageSize: undefined, silenceMs })) {
      if (found !== REFERENCE) values.push(...(found.attributes.get("contextcsn") ?? []).map(String));
    }
  } catch (error) {
    if (!isNotThere(error)) throw error;
  }
  const csns = csnsOf(values);
  return csns.size === 0 ? undefined : csns;
}
