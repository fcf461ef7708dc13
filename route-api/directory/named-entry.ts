import { type DirectoryEntry, uuidOf } from "./entry.ts";
import type { FoundEntry } from "./ldap/search.ts";

/** A found entry under the name that it keeps. */
export function named({ dn, attributes }: FoundEntry, uuidAttribute: string): DirectoryEntry {
  const uuid = uuidOf(attributes, uuidAttribute);
  return { dn, attributes, ...(uuid === undefined ? {} : { uuid }) };
}
