import { setTimeout as pause } from "node:timers/promises";
import { SyncStatus } from "../contract/sync-status.ts";
import type { DocumentStore } from "../store/store.ts";
import { LEASE_MS } from "./lease.ts";
import { DOCUMENTS, LeaseDocument } from "./notes.ts";

/** How often the lease is read, in milliseconds. */
const POLL_MS = 100;

/** The status last published, or "stopped" if nobody holds the lease. Rejects with a StoreError. */
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
 * Like `readStatus`, and "stopped" also if the holder of the lease has died. Takes until the holder's next heartbeat or,
 * if there is none, until the lease has expired. Rejects with a StoreError.
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
  const { leader: _, lagSeconds: __, behind: ___, ...rest } = status;
  return { ...rest, state: "stopped" };
}
