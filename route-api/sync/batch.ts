import type { SkippedEntry } from "../contract/sync-status.ts";
import { type AttributeNames, type DirectoryEntry, routeEntry } from "../directory/entry.ts";
import type { FullEntry } from "../store/store.ts";

/** The net effect of some events: the last one about each entry counts. */
export interface Batch {
  readonly puts: ReadonlyMap<string, FullEntry>;
  readonly gone: ReadonlySet<string>;
  /** Unusable entries, by UUID. */
  readonly unusable: ReadonlyMap<string, SkippedEntry>;
  entry(entry: DirectoryEntry): void;
  remove(uuids: readonly string[]): void;
}

export function newBatch(names: AttributeNames): Batch {
  const puts = new Map<string, FullEntry>();
  const gone = new Set<string>();
  const unusable = new Map<string, SkippedEntry>();
  const forget = (uuid: string): void => {
    puts.delete(uuid);
    gone.delete(uuid);
    unusable.delete(uuid);
  };
  return {
    puts,
    gone,
    unusable,
    entry(entry) {
      const result = routeEntry(entry, names);
      const uuid = result.ok ? result.entry.uuid : result.uuid;
      forget(uuid);
      if (result.ok) puts.set(uuid, result.entry);
      else unusable.set(uuid, { place: entry.dn, reason: result.reason });
    },
    remove(uuids) {
      for (const uuid of uuids) {
        forget(uuid);
        gone.add(uuid);
      }
    },
  };
}
