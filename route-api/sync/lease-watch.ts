import type { DocumentStore } from "../store/store.ts";
import { LEASE_MS } from "./lease.ts";
import { DOCUMENTS } from "./notes.ts";

/** A lease that has not been renewed for this long has no holder: another sync would have taken it by now. */
const STALE_MS = 2 * LEASE_MS;

/** Tells whether anybody holds the sync's lease. */
export interface LeaseWatch {
  /** Reads the lease; true if, as far as this process has seen, it has not been renewed for too long. */
  isStale(): Promise<boolean>;
}

/**
 * A holder keeps swapping the lease's document, so a revision that stays the same has no holder any more. Time is
 * measured on our own clock only, so a new watch knows nothing yet.
 */
export function createLeaseWatch(
  store: Pick<DocumentStore, "readDocument">,
  nowMs: () => number = () => performance.now(),
): LeaseWatch {
  let revision: string | undefined;
  let sinceMs = nowMs();
  return {
    async isStale() {
      const document = await store.readDocument(DOCUMENTS.lease);
      if (document?.revision !== revision) {
        revision = document?.revision;
        sinceMs = nowMs();
      }
      return nowMs() - sinceMs > STALE_MS;
    },
  };
}
