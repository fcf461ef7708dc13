import type { Fence, FullEntry, PutResult, RouteStore, StoredEntry } from "../../route-api/store/store.ts";
import { FIRST_EPOCH, writeNumbers } from "../../route-api/store/write-number.ts";
import { isOlder } from "../../route-api/sync/version-order.ts";

let epochs = FIRST_EPOCH;

/** Restarts the epochs for a test file with new stores: the leases of a real sync begin at the first epoch as well. */
export function beginEpochs(): void {
  epochs = FIRST_EPOCH;
}

/** An epoch later than all before it in this process. */
export const nextEpoch = (): number => ++epochs;

/** The right to write that comes with a lease: each call takes the lease over from the one before. */
export const fence = (epoch = nextEpoch()): Fence => ({
  epoch,
  document: "no lease",
  nextWrite: writeNumbers(epoch),
  confirm: async () => {},
});

type Writable = Pick<RouteStore, "put" | "remove">;

/** Writes entries unless the stored ones are newer, as the sync does. */
export const put = (
  store: Writable,
  entries: readonly FullEntry[],
  by: Fence = fence(),
): Promise<PutResult[]> =>
  store.put(entries, by, ({ version }, known) => known.is === "stored" && isOlder(version, known.version));

/** Writes entries over newer ones, too. */
export const overwrite = (store: Writable, entries: readonly FullEntry[]): Promise<PutResult[]> =>
  store.put(entries, fence(), () => false);

/** Removes entries; returns those that existed. */
export const remove = async (
  store: Writable,
  uuids: readonly string[],
  by: Fence = fence(),
): Promise<StoredEntry[]> => {
  const removals = uuids.map((uuid) => ({ uuid }));
  return (await store.remove(removals, by, () => false)).removed;
};
