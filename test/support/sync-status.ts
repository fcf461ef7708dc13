import type { DocumentStore } from "../../route-api/store/store.ts";
import { DOCUMENTS } from "../../route-api/sync/notes.ts";

/** What the sync says once it has read the directory whole. */
export const LOADED = {
  state: "following",
  lastFullRun: {
    finishedAt: "2026-11-24T00:00:00.000Z",
    durationMs: 1,
    read: 1,
    written: 1,
    unchanged: 0,
    removed: 0,
  },
};

/** Leaves in a store that a test has filled what a sync would: users whom it does not have are unknown. */
export const leaveStatus = (store: DocumentStore, status: object = LOADED): Promise<string | undefined> =>
  store.swapDocument(DOCUMENTS.status, status, undefined);
