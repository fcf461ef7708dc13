import { SyncStatus } from "../../contract.ts";
import type { DocumentStore } from "../../store/store.ts";
import { DOCUMENTS, LeaseDocument } from "./documents.ts";

/** What the sync last said of itself, and "stopped" where nobody holds the lease. Rejects with a StoreError. */
export async function readStatus(documents: DocumentStore): Promise<SyncStatus> {
  const [status, lease] = await Promise.all([
    documents.readDocument(DOCUMENTS.status),
    documents.readDocument(DOCUMENTS.lease),
  ]);
  const said = SyncStatus.safeParse(status?.value ?? { state: "never" });
  if (!said.success) return SyncStatus.parse({ state: "never" });
  const held = LeaseDocument.safeParse(lease?.value);
  return held.success && held.data.holder === null ? { ...said.data, state: "stopped" } : said.data;
}
