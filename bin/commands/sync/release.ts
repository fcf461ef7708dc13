import { releaseHold } from "../../../route-api/sync/release.ts";
import { Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { withStore } from "./with-store.ts";

/** Approves the removals on hold. Throws a Failure if there are none. */
export const release = (config: string): Promise<void> =>
  withStore(config, "mmp sync release", async (store) => {
    const held = await releaseHold(store);
    if (held === undefined) throw new Failure("no removals are on hold");
    const { wouldRemove, of, entries } = held;
    console.log(
      `Approved: the next full read may remove ${wouldRemove} of ${counted(of, "entry", "entries")}. The leading sync starts it now.`,
    );
    for (const dn of entries) console.log(`  ${dn}`);
    if (wouldRemove > entries.length) console.log(`  and ${wouldRemove - entries.length} more`);
  });
