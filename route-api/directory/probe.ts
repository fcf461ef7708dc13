import type { LdapDirectory } from "../config/directory.ts";
import type { Secret } from "../contract/secret.ts";
import { connectAndBind } from "./ldap/connection.ts";
import { REFERENCE, searchEntries } from "./ldap/search.ts";
import { takeOver } from "./ldap/wire.ts";

/**
 * Connects, binds and looks for one entry: the server that answered, and whether base and filter find any. Throws
 * DirectoryError.
 */
export async function probeDirectory(
  config: LdapDirectory,
  password: Secret | undefined,
): Promise<{ url: string; hasEntry: boolean }> {
  const wire = takeOver(await connectAndBind(config, password));
  try {
    const query = { base: config.base, scope: "sub" as const, filter: config.filter, attributes: ["1.1"] };
    const paging = { pageSize: 1, silenceMs: config.searchTimeoutSeconds * 1000 };
    for await (const found of searchEntries(wire, query, paging)) {
      if (found !== REFERENCE) return { url: wire.url, hasEntry: true };
    }
    return { url: wire.url, hasEntry: false };
  } finally {
    wire.close();
  }
}
