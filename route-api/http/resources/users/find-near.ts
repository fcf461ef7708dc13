import type { Edge } from "../../../contract/edges.ts";
import { foldedName } from "../../../contract/names.ts";
import { NEAR_MAX, type NearName } from "../../../contract/users.ts";
import { concurrently } from "../../../store/concurrently.ts";
import type { EntryStore } from "../../../store/store.ts";
import { nearLogins } from "./near-logins.ts";

export type NearStore = Pick<EntryStore, "match" | "seeming" | "find">;

/** Names that are read at a time. */
const READ_AT_ONCE = 4;

/**
 * The names that may be meant by one that no entry has as a login name, likeliest first: accounts that it is another
 * name of, then names that are near to it, also in the domains of the edges. Costs at most NEAR_LOOK_UPS_MAX eventual reads of one item, and some for the
 * names that there are. Rejects with a StoreError.
 */
export async function findNear(
  store: NearStore,
  login: string,
  edges: readonly Pick<Edge, "domains">[],
): Promise<NearName[]> {
  const aliases = await store.match("claim", foldedName(login), "eventual");
  const domains = [...new Set(edges.flatMap((edge) => edge.domains ?? []))].sort();
  const local = (name: string): string => name.slice(0, at(name));
  const logins = (await store.seeming(nearLogins(login, domains))).slice(0, NEAR_MAX);
  const found = await concurrently(READ_AT_ONCE, logins, async (name) => store.find(name, "eventual"));
  const named = logins.flatMap((name, index): NearName[] => {
    const result = found[index];
    if (result?.is !== "found") return [];
    const how = local(name) === local(login) ? "other-domain" : "one-edit";
    return [{ login: name, account: result.entry.account, how }];
  });
  const owners = aliases.map(({ account }): NearName => ({ login, account, how: "alias" }));
  return [...owners, ...named].slice(0, NEAR_MAX);
}

/** Where the local part ends. */
function at(name: string): number {
  const index = name.lastIndexOf("@");
  return index < 0 ? name.length : index;
}
