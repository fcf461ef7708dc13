import { type Client, InsufficientAccessError, NoSuchObjectError } from "ldapts";
import { type Attributes, attributeKey, textOrBytes } from "../attributes.ts";
import { dnIdentity, uuidOf } from "../identity.ts";

/** An entry as the route store knows it: what a bind at its DN must prove. */
export interface ProvenEntry {
  dn: string;
  uuid: string;
}

/** Syncrepl identifies entries by this one, whatever `uuidAttribute` is (RFC 4533, section 2.2). */
const ENTRY_UUID = "entryUUID";

/**
 * Whether the entry at the DN still is the one with the UUID: since the store was written the DN may have been given to
 * somebody else. Reads as whoever the client is bound as. Undefined if the directory does not show an identifier.
 */
export async function isBoundEntry(
  client: Client,
  { dn, uuid }: ProvenEntry,
  uuidAttribute: string,
): Promise<boolean | undefined> {
  // An entry that never had an identifier is known by its DN.
  if (uuid === dnIdentity(dn)) return true;
  const names = [uuidAttribute, ENTRY_UUID];
  const attributes = await read(client, dn, names);
  const found = names.map((name) => uuidOf(attributes, name)).filter((each) => each !== undefined);
  return found.length === 0 ? undefined : found.includes(uuid);
}

/** The entry's own attributes, as far as the client may see them. */
async function read(client: Client, dn: string, names: string[]): Promise<Attributes> {
  try {
    // As bytes: objectGUID is no text.
    const found = await client.search(dn, {
      scope: "base",
      attributes: names,
      explicitBufferAttributes: names,
    });
    return new Map(
      Object.entries(found.searchEntries[0] ?? {}).map(([name, value]) => [
        attributeKey(name),
        [value].flat().map((each) => (typeof each === "string" ? each : textOrBytes(each))),
      ]),
    );
  } catch (error) {
    // The bind has shown that the entry is there.
    if (error instanceof NoSuchObjectError || error instanceof InsufficientAccessError) return new Map();
    throw error;
  }
}
