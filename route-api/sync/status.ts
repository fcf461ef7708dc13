import { setTimeout as pause } from "node:timers/promises";
import { SyncStatus } from "../contract/sync-status.ts";
import type { DocumentStore } from "../store/store.ts";
import { LEASE_MS } from "./lease.ts";
import { DOCUMENTS, LeaseDocument } from "./notes.ts";

/** How often the lease is looked at, in milliseconds. */
const POLL_MS = 100;

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

/**
 * As `readStatus`, and "stopped" too where whoever holds the lease has died: that takes until its lease has run out.
 * Of one that lives it takes until its next heartbeat. Rejects with a StoreError.
 */
export async function watchStatus(documents: DocumentStore): Promise<SyncStatus> {
  const status = await readStatus(documents);
  if (status.state === "stopped" || status.state === "never") return status;
  const revision = async () => (await documents.readDocument(DOCUMENTS.lease))?.revision;
  const first = await revision();
  for (const began = performance.now(); performance.now() - began < LEASE_MS; ) {
    await pause(POLL_MS);
    if ((await revision()) !== first) return readStatus(documents);
  }
  const { leader: _, lagSeconds: __, ...rest } = status;
  return { ...rest, state: "stopped" };
}
