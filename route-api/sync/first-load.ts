import { SyncStatus } from "../contract/sync-status.ts";
import type { DocumentStore } from "../store/store.ts";
import { DOCUMENTS } from "./notes.ts";

/** Tells whether the table has ever been read whole from the directory. */
export interface FirstLoad {
  /** False where a name that is not in the table may only not have been read yet. Rejects with a StoreError. */
  isDone(): Promise<boolean>;
}

/** How long "not yet" counts before the status is read again, in milliseconds. */
const ASK_AGAIN_MS = 100;

/** Reads the sync's status until it tells of a full read; what is done stays done. */
export function createFirstLoad(
  store: Pick<DocumentStore, "readDocument">,
  nowMs: () => number = () => performance.now(),
): FirstLoad {
  const read = async (): Promise<boolean> => {
    const status = SyncStatus.safeParse((await store.readDocument(DOCUMENTS.status))?.value);
    return status.success && status.data.lastFullRun !== undefined;
  };
  let done = false;
  let last: { atMs: number; done: Promise<boolean> } | undefined;
  return {
    async isDone() {
      if (done) return true;
      // All that ask at the same time wait for the same answer.
      if (last === undefined || nowMs() - last.atMs >= ASK_AGAIN_MS) last = { atMs: nowMs(), done: read() };
      done = await last.done;
      return done;
    },
  };
}
