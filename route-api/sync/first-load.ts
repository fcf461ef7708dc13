import type { DocumentStore } from "../store/store.ts";
import { readStatus } from "./status.ts";

/** Whether the directory has ever been read whole into the route store. */
export interface FirstLoad {
  /** Rejects with a StoreError. */
  hasEnded(): Promise<boolean>;
}

/** Looks into the sync's status until the first load has ended, and never again. */
export function watchFirstLoad(documents: DocumentStore): FirstLoad {
  let ended = false;
  return {
    async hasEnded() {
      ended ||= (await readStatus(documents)).lastFullRun !== undefined;
      return ended;
    },
  };
}
