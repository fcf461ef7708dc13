import type { LdapDirectory } from "../config/directory.ts";
import type { Secret } from "../contract/secret.ts";
import type { Attributes } from "./attributes.ts";
import { connectAndBind } from "./ldap/connection.ts";
import { isNotThere, REFERENCE, searchEntries } from "./ldap/search.ts";
import { takeOver } from "./ldap/wire.ts";

/** Reads attributes of the entry at a DN; undefined if there is none, or the filter leaves it out. Throws DirectoryError. */
export async function readEntry(
  config: LdapDirectory,
  password: Secret | undefined,
  dn: string,
  attributes: readonly string[],
): Promise<Attributes | undefined> {
  const wire = takeOver(await connectAndBind(config, password));
  try {
    const query = { base: dn, scope: "base" as const, filter: config.filter, attributes };
    const paging = { pageSize: undefined, silenceMs: config.searchTimeoutSeconds * 1000 };
    for await (const found of searchEntries(wire, query, paging)) {
      if (found !== REFERENCE) return found.attributes;
    }
    return undefined;
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  } finally {
    wire.close();
  }
}
