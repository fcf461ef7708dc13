import type { DocumentStore } from "../store/store.ts";
import { DOCUMENTS, type Held, LeaseDocument, ReleaseDocument } from "./notes.ts";

/**
 * Approves the removals of the current hold, or only if it is the hold `id`: the leader reads the whole directory, and may then remove the entries that
 * the hold has until now. Returns the hold; undefined if there is none. Rejects with a StoreError.
 */
export async function releaseHold(documents: DocumentStore, id?: string): Promise<Held | undefined> {
  const lease = LeaseDocument.safeParse((await documents.readDocument(DOCUMENTS.lease))?.value);
  const held = lease.success ? lease.data.notes.held : undefined;
  if (held === undefined || held.id !== (id ?? held.id)) return undefined;
  const release: ReleaseDocument = {
    id: held.id,
    wouldRemove: held.wouldRemove,
    at: new Date().toISOString(),
  };
  // A concurrent release says the same, so the last one may win.
  for (;;) {
    const document = await documents.readDocument(DOCUMENTS.release);
    if ((await documents.swapDocument(DOCUMENTS.release, release, document?.revision)) !== undefined)
      return held;
  }
}

/** How many removals of this hold the operator approved; undefined: none yet. Rejects with a StoreError. */
export async function approvedBy(documents: DocumentStore, held: Held): Promise<number | undefined> {
  const release = ReleaseDocument.safeParse((await documents.readDocument(DOCUMENTS.release))?.value);
  return release.success && release.data.id === held.id ? release.data.wouldRemove : undefined;
}
