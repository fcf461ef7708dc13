import type { DocumentStore } from "../store/store.ts";
import { LEASE_MS } from "./lease.ts";
import { DOCUMENTS } from "./notes.ts";

/** A lease that was not renewed for this long is nobody's: another sync would have taken it by now. */
const STALE_MS = 2 * LEASE_MS;

/** Tells whether anybody holds the sync's lease. */
export interface LeaseWatch {
  /** Reads the lease; true where it has not been renewed for too long, as far as this process has seen. */
  isStale(): Promise<boolean>;
}

/**
 * A holder swaps the lease's document again and again: a revision that stays the same on our own clock is nobody's any
 * more. No clocks of two machines are compared, so a watch knows nothing at its start.
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
