import { DirectoryError } from "../directory-error.ts";
import type { DirectoryEntry } from "../entry.ts";
import { uuidOf } from "../identity.ts";

/** Attributes by which servers identify entries in syncrepl: OpenLDAP's, and 389 Directory Server's. */
export const SYNCREPL_IDENTIFIERS = ["entryUUID", "nsUniqueId"] as const;

/**
 * Makes sure that full reads, which identify entries by `uuidAttribute`, give an entry the UUID that syncrepl gives it:
 * a full read would otherwise take all entries for new ones, and want to remove the old. Throws DirectoryError.
 */
export function requireSameIdentifier(
  url: string,
  { dn, attributes, uuid }: DirectoryEntry,
  uuidAttribute: string,
): void {
  if (uuid === undefined || uuidOf(attributes, uuidAttribute) === uuid) return;
  const right = SYNCREPL_IDENTIFIERS.find((name) => uuidOf(attributes, name) === uuid);
  const advice =
    right === undefined
      ? `${uuidAttribute} is not readable or differs: grant read access to it, or set directory.uuidAttribute`
      : `set directory.uuidAttribute to ${right}, not ${uuidAttribute}`;
  throw new DirectoryError("identifier", `${url}: syncrepl identifies ${dn} as ${uuid}; ${advice}`);
}
