import type { SkippedEntry } from "../contract/sync-status.ts";
import { type AttributeNames, type DirectoryEntry, routeEntry, versionOf } from "../directory/entry.ts";
import type { AsOf } from "../directory/source.ts";
import type { FullEntry } from "../store/store.ts";
import { isOlder } from "./version-order.ts";

/** A usable entry, as a server reported it. */
export interface Put {
  entry: FullEntry;
  asOf: AsOf;
}

/** An entry that is gone, or cannot be used. */
export interface Going {
  uuid: string;
  asOf: AsOf;
  /** The directory's version of its deletion, if known. */
  version?: string | undefined;
  /** Version of the entry, if it is only unusable. */
  at?: string | undefined;
}

export interface Unusable extends Going {
  skipped: SkippedEntry;
}

/** The net effect of some events: the last one about each entry counts. */
export interface Batch {
  readonly puts: ReadonlyMap<string, Put>;
  readonly gone: ReadonlyMap<string, Going>;
  /** Unusable entries, by UUID. */
  readonly unusable: ReadonlyMap<string, Unusable>;
  /** Adds an entry. False: the batch has a newer version of it, which must be written first. */
  entry(entry: DirectoryEntry, asOf: AsOf): boolean;
  remove(uuids: readonly string[], asOf: AsOf, version: string | undefined): void;
}

export function newBatch(names: AttributeNames): Batch {
  const puts = new Map<string, Put>();
  const gone = new Map<string, Going>();
  const unusable = new Map<string, Unusable>();
  const forget = (uuid: string): void => {
    puts.delete(uuid);
    gone.delete(uuid);
    unusable.delete(uuid);
  };
  return {
    puts,
    gone,
    unusable,
    entry(entry, asOf) {
      const result = routeEntry(entry, names);
      const uuid = result.ok ? result.entry.uuid : result.uuid;
      const version = versionOf(entry.attributes);
      if (isOlder(version, puts.get(uuid)?.entry.version ?? unusable.get(uuid)?.at ?? "")) return false;
      forget(uuid);
      if (result.ok) puts.set(uuid, { entry: result.entry, asOf });
      else {
        const skipped = { place: entry.dn, reason: result.reason };
        unusable.set(uuid, { uuid, asOf, at: version, skipped });
      }
      return true;
    },
    remove(uuids, asOf, version) {
      for (const uuid of uuids) {
        forget(uuid);
        gone.set(uuid, { uuid, asOf, version });
      }
    },
  };
}
