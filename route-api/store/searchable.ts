import { normalDn } from "../contract/distinguished-names.ts";
import { unreadable } from "./record.ts";
import type { FindResult, FullEntry, PutResult, RouteEntry } from "./store.ts";

/** Values that look-ups go by, under their attributes. */
export type Values = Record<string, string[]>;

/** A longer value is not searched by; DynamoDB's keys end at 2,048 bytes. */
const VALUE_MAX_BYTES = 1024;
/** Names that are the store's own: no attribute of the directory is searched under them. */
const OWN = ["login", "dn", "certificate"];
/** A record of DynamoDB ends at 400 KB; an entry's holds, for a moment, its old values beside the new ones. */
const RECORD_MAX_BYTES = 180_000;
const CERTIFICATE_MAX_BYTES = 350_000;
/** A sort key of DynamoDB ends at 1,024 bytes. */
const UUID_MAX_BYTES = 1000;

/** Everything that the entry can be found by. */
export function valuesOf(entry: RouteEntry): Values {
  const dn = normalDn(entry.dn);
  const all: Values = {};
  for (const [attribute, values] of Object.entries(entry.attributes ?? {})) {
    if (!OWN.includes(attribute)) all[attribute] = searchable(values);
  }
  all.login = searchable(entry.logins);
  all.dn = dn === undefined ? [] : searchable([dn]);
  all.certificate = entry.fingerprints ?? [];
  return all;
}

const searchable = (values: readonly string[]): string[] => [...new Set(values)].filter(isSearchable);

/** Whether entries are kept under the value at all. */
export const isSearchable = (value: string): boolean =>
  value !== "" && Buffer.byteLength(value) <= VALUE_MAX_BYTES;

/** Whether the entry really has the value: a pointer alone proves nothing. */
export function has(entry: RouteEntry, attribute: string, value: string): boolean {
  switch (attribute) {
    case "login":
      return entry.logins.includes(value);
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

/** `values` without what is in `others` too. */
export function without(values: Values, others: Values): Values {
  const rest: Values = {};
  for (const [attribute, all] of Object.entries(values)) {
    const known = new Set(others[attribute]);
    const left = all.filter((value) => !known.has(value));
    if (left.length > 0) rest[attribute] = left;
  }
  return rest;
}

/** Attribute and value of each. */
export const pairs = (values: Values): [attribute: string, value: string][] =>
  Object.entries(values).flatMap(([attribute, all]) =>
    all.map((value): [string, string] => [attribute, value]),
  );

/** What the entries behind a name say, once read: only those that list it count. */
export function judge(login: string, entries: readonly RouteEntry[]): FindResult {
  const claiming = entries.filter((entry) => entry.logins.includes(login));
  const [entry, ...others] = claiming;
  if (entry === undefined) return { is: "unknown" };
  if (others.length > 0) return { is: "ambiguous", dns: claiming.map(({ dn }) => dn).sort() };
  return { is: "found", entry };
}

/** The result of a write of `entry` over `old`. */
export const wrote = (entry: FullEntry, ...old: readonly (RouteEntry | undefined)[]): PutResult => {
  const { certificates: _, ...route } = entry;
  const names = [...old, entry].flatMap((each) => each?.logins ?? []);
  return { did: "wrote", entry: route, names: [...new Set(names)] };
};

type Size = [what: string, bytes: number, max: number];

/** Why no store can keep the entry; undefined: it can. `record` is what `encodeEntry` makes of it. */
export function unfit(entry: FullEntry, record: string): string | undefined {
  const sizes: Size[] = [
    ["record", Buffer.byteLength(record), RECORD_MAX_BYTES],
    ["UUID", Buffer.byteLength(entry.uuid), UUID_MAX_BYTES],
    ...(entry.certificates ?? []).map((der): Size => ["certificate", der.length, CERTIFICATE_MAX_BYTES]),
  ];
  const over = sizes.find(([, bytes, max]) => bytes > max);
  if (over === undefined) return unreadable(entry);
  return `its ${over[0]} would take ${over[1]} bytes, more than the ${over[2]} that fit`;
}
