import { isSameDn } from "../contract/distinguished-names.ts";
import type { AttributeNames } from "../directory/entry.ts";
import { routeEntry } from "../directory/entry.ts";
import type { DirectorySource } from "../directory/source.ts";
import type { EntryStore, FullEntry, RouteEntry } from "../store/store.ts";
import { inTurns } from "./in-turns.ts";
import { seenSet } from "./seen-set.ts";

/** A difference between the directory and the table. */
export interface Difference {
  is: "missing" | "surplus" | "different";
  dn: string;
  uuid: string;
  /** Fields that differ; `names by <attribute>` if the entry is not found by all values of the attribute. */
  fields?: string[];
}

export interface VerifyResult {
  /** Usable entries in the directory. */
  directory: number;
  /** Entries in the table. */
  table: number;
  differences: number;
}

/** Entries compared at once. */
const COMPARED_AT_ONCE = 64;

/**
 * Reads the whole directory and the whole table and reports each difference as it is found; entries that change meanwhile
 * may be among them. Keeps nothing but a hash of each UUID. Rejects with DirectoryError, StoreError.
 */
export async function verify(
  source: DirectorySource,
  store: EntryStore,
  names: AttributeNames,
  tell: (difference: Difference) => void,
): Promise<VerifyResult> {
  const result: VerifyResult = { directory: 0, table: 0, differences: 0 };
  const found = seenSet();
  const note = (difference: Difference | undefined): void => {
    if (difference === undefined) return;
    result.differences++;
    tell(difference);
  };
  let pending: FullEntry[] = [];
  const compareAll = async (): Promise<void> => {
    const entries = pending;
    pending = [];
    const differences = await Promise.all(entries.map((entry) => compare(store, entry)));
    for (const difference of differences) note(difference);
    const same = entries.filter((_, index) => differences[index] === undefined);
    for (const { entry, values } of await store.lostPointers(same)) {
      const fields = Object.keys(values).map((attribute) => `names by ${attribute}`);
      note({ is: "different", uuid: entry.uuid, dn: entry.dn, fields });
    }
  };

  const ending = new AbortController();
  for await (const event of inTurns(source.events(undefined, ending.signal))) {
    if (event.is === "refreshed") break;
    if (event.is !== "entry") continue;
    const made = routeEntry(event.entry, names);
    if (!made.ok) continue;
    result.directory++;
    found.add(made.entry.uuid);
    pending.push(made.entry);
    if (pending.length >= COMPARED_AT_ONCE) await compareAll();
  }
  ending.abort();
  await compareAll();

  for await (const { uuid, dn } of inTurns(store.entries())) {
    result.table++;
    if (!found.has(uuid)) note({ is: "surplus", uuid, dn });
  }
  return result;
}

async function compare(store: EntryStore, entry: FullEntry): Promise<Difference | undefined> {
  const { uuid, dn } = entry;
  const stored = await store.get(uuid);
  if (stored === undefined) return { is: "missing", uuid, dn };
  const fields = FIELDS.filter((field) =>
    field === "dn" ? !isSameDn(stored.dn, dn) : canonical(stored[field]) !== canonical(entry[field]),
  );
  return fields.length === 0 ? undefined : { is: "different", uuid, dn, fields };
}

const FIELDS = [
  "dn",
  "account",
  "logins",
  "mailHost",
  "version",
  "disabled",
  "services",
  "override",
  "attributes",
  "fingerprints",
] as const satisfies readonly (keyof RouteEntry)[];

/** The same text for the same meaning: fields sorted, an empty list equal to none. */
function canonical(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, inner]) => [name, canonical(inner)] as const);
  return JSON.stringify(fields.filter(([, text]) => text !== "").sort(([a], [b]) => (a < b ? -1 : 1)));
}
