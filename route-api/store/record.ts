import { z } from "zod";
import { StoreOverride } from "../contract/routes.ts";
import { type RouteEntry, StoreError } from "./store.ts";

const strings = z.array(z.string());

/** An entry as it is stored, as JSON; exported for tests only. */
export const StoredRecord = z.object({
  uuid: z.string(),
  dn: z.string(),
  account: z.string(),
  logins: strings,
  mailHost: strings,
  version: z.string(),
  disabled: z.string().optional(),
  services: strings.optional(),
  override: StoreOverride.optional(),
  attributes: z.record(z.string(), strings).optional(),
  fingerprints: strings.optional(),
});

/**
 * The entry as JSON, without its certificates: always the same text for the same entry, whatever the order of its fields,
 * and whether a list is absent or empty.
 */
export function encodeEntry(entry: RouteEntry): string {
  const { uuid, dn, account, logins, mailHost, version, disabled, override } = entry;
  return JSON.stringify({
    uuid,
    dn,
    account,
    logins,
    mailHost,
    version,
    disabled,
    services: filled(entry.services),
    override: override && sorted(override),
    attributes: entry.attributes && sorted(entry.attributes),
    fingerprints: filled(entry.fingerprints),
  });
}

/** The entry of a stored record. Throws StoreError. */
export function decodeEntry(json: string): RouteEntry {
  try {
    const value: unknown = JSON.parse(json);
    return isPlainRecord(value) ? value : (StoredRecord.parse(value) as RouteEntry);
  } catch (cause) {
    throw new StoreError("broken", `unreadable entry in the store: ${json.slice(0, 100)}`, { cause });
  }
}

/**
 * Whether it is a record as `encodeEntry` writes nearly all: then zod, which takes ten times as long over each look-up,
 * would return the same. What is not, such as one with an override or a field that is not known, is for zod to judge.
 */
function isPlainRecord(value: unknown): value is RouteEntry {
  if (typeof value !== "object" || value === null) return false;
  const { uuid, dn, account, version, logins, mailHost, disabled, services, attributes, fingerprints } =
    value as Partial<{ [K in keyof RouteEntry]: unknown }>;
  let optional = 0;
  for (const field of [disabled, services, attributes, fingerprints]) if (field !== undefined) optional++;
  return (
    typeof uuid === "string" &&
    typeof dn === "string" &&
    typeof account === "string" &&
    typeof version === "string" &&
    isStrings(logins) &&
    isStrings(mailHost) &&
    (disabled === undefined || typeof disabled === "string") &&
    (services === undefined || isStrings(services)) &&
    (attributes === undefined || isLists(attributes)) &&
    (fingerprints === undefined || isStrings(fingerprints)) &&
    Object.keys(value).length === REQUIRED_FIELDS + optional
  );
}

/** Fields that each record has. */
const REQUIRED_FIELDS = 6;

const isStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** Whether it is a record of lists; zod drops a field called __proto__. */
const isLists = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, list]) => name !== "__proto__" && isStrings(list));

/** Why the entry could not be read back once stored; undefined if it could. */
export function unreadable(entry: RouteEntry): string | undefined {
  const { error } = StoredRecord.safeParse(entry);
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

const filled = (list: string[] | undefined): string[] | undefined => (list?.length ? list : undefined);

/** The fields sorted by name; undefined if there are none. */
function sorted(fields: object): object | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
