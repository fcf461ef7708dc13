import { watchStatus } from "../../../route-api/sync/status.ts";
import { withStore } from "./with-store.ts";

/** Prints the state of the sync as JSON. */
export const printStatus = (config: string): Promise<void> =>
  withStore(config, "mmp sync status", async (store) => {
    console.log(JSON.stringify(await watchStatus(store), null, 2));
  });
