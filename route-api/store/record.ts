import { z } from "zod";
import { StoreOverride } from "../contract/routes.ts";
import { type RouteEntry, StoreError } from "./store.ts";

const strings = z.array(z.string());

/** An entry as it is stored, as JSON. */
const Record = z.object({
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
    return Record.parse(JSON.parse(json)) as RouteEntry;
  } catch (cause) {
    throw new StoreError("broken", `unreadable entry in the store: ${json.slice(0, 100)}`, { cause });
  }
}

/** Why the entry could not be read back once stored; undefined if it could. */
export function unreadable(entry: RouteEntry): string | undefined {
  const { error } = Record.safeParse(entry);
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

const filled = (list: string[] | undefined): string[] | undefined => (list?.length ? list : undefined);

/** The fields sorted by name; undefined if there are none. */
function sorted(fields: object): object | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
