import { type Draft, todo } from "../draft.ts";
import type { Outcome, ReadRow } from "./row.ts";
import { words } from "./values.ts";

/** Hosts that have the mailboxes of each of several mailHosts, in the order in which they are tried. */
export const storeHostLists: ReadRow = ({ value }, { draft }): Outcome => {
  const stores = draft.configuration.stores as Record<string, object>;
  const lists = hostLists(words(value.replaceAll(";", " ")));
  for (const [name, address] of lists) stores[name] ??= { address };
  return { note: `entries for ${[...lists.keys()].join(", ")}` };
};

/** `name=host host …`; without a name each of the hosts may be a mailHost. */
function hostLists(given: readonly string[]): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  let hosts: string[] = [];
  const unnamed = hosts;
  for (const word of given) {
    const [first = "", second] = word.toLowerCase().split("=");
    if (second !== undefined) {
      hosts = [];
      lists.set(first, hosts);
    }
    hosts.push(second ?? first);
  }
  for (const name of unnamed) lists.set(name, unnamed);
  return lists;
}

/** A store's entry stands for itself: gives each what all stores have. */
export function finishStores(draft: Draft): void {
  const stores = draft.configuration.stores as Record<string, object>;
  const shared = stores["*"] ?? {};
  for (const [name, entry] of Object.entries(stores)) {
    if (name === "*") continue;
    stores[name] = { ...entry, ...structuredClone(shared) };
    if (/"tls":"(implicit|starttls)"/.test(JSON.stringify(shared))) {
      todo(
        draft,
        `The certificates of all hosts of store ${name} must bear that name, or the one that you set as serverName.`,
      );
    }
  }
}
