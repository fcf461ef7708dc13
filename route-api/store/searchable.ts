import { claimsOf } from "../contract/claims.ts";
import { normalDn } from "../contract/distinguished-names.ts";
import type { Hold } from "../contract/holds.ts";
import { unreadable } from "./record.ts";
import type { FindResult, FullEntry, LostPointers, PutResult, RouteEntry, StoredEntry } from "./store.ts";

/** Values that entries are found by, per attribute. */
export type Values = Record<string, string[]>;

/** Longer values are not searchable; DynamoDB limits keys to 2,048 bytes. */
const VALUE_MAX_BYTES = 1024;
/** Reserved by the store: no directory attribute of these names is searchable. */
const OWN = ["login", "claim", "dn", "certificate"];
/** DynamoDB limits an item to 400 KB; an entry's item briefly holds its old values beside the new ones. */
const RECORD_MAX_BYTES = 180_000;
const CERTIFICATE_MAX_BYTES = 350_000;
/** DynamoDB limits sort keys to 1,024 bytes. */
const UUID_MAX_BYTES = 1000;

/** All values that the entry can be found by. */
export function valuesOf(entry: RouteEntry): Values {
  const dn = normalDn(entry.dn);
  const all: Values = {};
  for (const [attribute, values] of Object.entries(entry.attributes ?? {})) {
    if (!OWN.includes(attribute)) all[attribute] = searchable(values);
  }
  all.login = searchable(entry.logins);
  // Of most entries these are login names as they are, which need no second pointer.
  all.claim = searchable(claimsOf(entry).filter((claim) => !entry.logins.includes(claim)));
  all.dn = dn === undefined ? [] : searchable([dn]);
  all.certificate = entry.fingerprints ?? [];
  return all;
}

const searchable = (values: readonly string[]): string[] => [...new Set(values)].filter(isSearchable);

/** Whether entries can be found by the value at all. */
export const isSearchable = (value: string): boolean =>
  value !== "" && Buffer.byteLength(value) <= VALUE_MAX_BYTES;

/** Whether the entry really has the value; a pointer alone is no proof. */
export function has(entry: RouteEntry, attribute: string, value: string): boolean {
  switch (attribute) {
    case "login":
      return entry.logins.includes(value);
    case "claim":
      return claimsOf(entry).includes(value);
    case "dn":
      return normalDn(entry.dn) === value;
    case "certificate":
      return entry.fingerprints?.includes(value) ?? false;
    default: {
      const { attributes = {} } = entry;
      return Object.hasOwn(attributes, attribute) && (attributes[attribute] ?? []).includes(value);
    }
  }
}

/** `values` without those that are also in `others`. */
export function without(values: Values, others: Values): Values {
  const known = new Map(Object.entries(others).map(([attribute, all]) => [attribute, new Set(all)]));
  return valuesAmong(values, (attribute, value) => known.get(attribute)?.has(value) !== true);
}

/** The values that fit. */
export function valuesAmong(values: Values, fits: (attribute: string, value: string) => boolean): Values {
  const rest: Values = {};
  for (const [attribute, all] of Object.entries(values)) {
    const left = all.filter((value) => fits(attribute, value));
    if (left.length > 0) rest[attribute] = left;
  }
  return rest;
}

/** The entries of which pointers are lost, by what of theirs is lost. */
export const thatLost = (
  entries: readonly FullEntry[],
  isLost: (entry: FullEntry, attribute: string, value: string) => boolean,
): LostPointers[] =>
  entries.flatMap((entry) => {
    const values = valuesAmong(valuesOf(entry), (attribute, value) => isLost(entry, attribute, value));
    return Object.keys(values).length === 0 ? [] : [{ entry, values }];
  });

/** Pairs of attribute and value. */
export const pairs = (values: Values): [attribute: string, value: string][] =>
  Object.entries(values).flatMap(([attribute, all]) =>
    all.map((value): [string, string] => [attribute, value]),
  );

/** The result of a look-up, from the entries its pointers led to: only those that list the name count. */
export function judge(login: string, entries: readonly StoredEntry[]): FindResult {
  const claiming = entries.filter((entry) => entry.logins.includes(login));
  const [entry] = claiming;
  if (entry === undefined) return { is: "unknown" };
  if (claiming.length > 1) return { is: "ambiguous", dns: claiming.map(({ dn }) => dn).sort() };
  return { is: "found", entry };
}

/** The result of a write of `entry` over `old`, with its number and the hold that it has then. */
export const wrote = (
  entry: FullEntry,
  { write, hold }: { write: number; hold: Hold | undefined },
  ...old: readonly (RouteEntry | undefined)[]
): PutResult => {
  const { certificates: _, ...route } = entry;
  const names = [...old, entry].flatMap((each) => each?.logins ?? []);
  const stored = { ...route, write, ...(hold === undefined ? {} : { hold }) };
  return { did: "wrote", entry: stored, names: [...new Set(names)] };
};

type Size = [what: string, bytes: number, max: number];

/** Why the entry cannot be stored; undefined if it can. `record` is its encoded form. */
export function unfit(entry: FullEntry, record: string): string | undefined {
  const sizes: Size[] = [
    ["record", Buffer.byteLength(record), RECORD_MAX_BYTES],
    ["UUID", Buffer.byteLength(entry.uuid), UUID_MAX_BYTES],
    ...(entry.certificates ?? []).map((der): Size => ["certificate", der.length, CERTIFICATE_MAX_BYTES]),
  ];
  const over = sizes.find(([, bytes, max]) => bytes > max);
  if (over === undefined) return unreadable(entry);
  return `its ${over[0]} takes ${over[1]} bytes; at most ${over[2]} fit`;
}
