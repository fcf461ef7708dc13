import type { DocumentStore } from "../store/store.ts";

/** The document that the sync's leader swaps again and again. */
export const LEASE_DOCUMENT = "sync";
/** Without a swap for this long the lease is nobody's, in milliseconds. */
export const LEASE_STALE_MS = 30_000;

/** Tells whether whoever holds a lease still renews it. */
export interface LeaseWatch {
  /** Reads the lease; true where it has not been renewed for too long, as far as this process has seen. */
  isStale(): Promise<boolean>;
}

/**
 * A holder swaps its lease's document again and again: a revision that stays the same for `staleMs` on our own clock is
 * nobody's any more. No clocks of two machines are compared, so a watch knows nothing at its start.
 */
export function createLeaseWatch(
  store: Pick<DocumentStore, "readDocument">,
  document: string,
  staleMs: number,
  nowMs: () => number = () => performance.now(),
): LeaseWatch {
  let revision: string | undefined;
  let sinceMs = nowMs();
  return {
    async isStale() {
      const now = (await store.readDocument(document))?.revision;
      if (now !== revision) {
        revision = now;
        sinceMs = nowMs();
      }
      return nowMs() - sinceMs > staleMs;
    },
  };
}
