import type { SyncStatus } from "../../../route-api/contract/sync-status.ts";
import type { RouteStore } from "../../../route-api/store/store.ts";
import { overwriteOnce, type SyncReport, syncOnce } from "../../../route-api/sync/sync.ts";
import type { ConfigurationFor } from "../../config/needs.ts";
import { EXIT, Failure } from "../../failure.ts";
import { createLog } from "../../run/logger.ts";
import { directorySource } from "../../run/sync.ts";
import { counted } from "../counted.ts";
import { withStore } from "./with-store.ts";

/** Reads the directory once and prints what changed. Throws a Failure if removals are on hold. */
export const readOnce = (config: string): Promise<void> =>
  withStore(config, "mmp sync", (store, configuration) => readInto(store, configuration, syncOnce));

/** The same, but an older entry of the directory replaces a newer one of the route store. */
export const overwrite = (config: string): Promise<void> =>
  withStore(config, "mmp sync", (store, configuration) => readInto(store, configuration, overwriteOnce));

async function readInto(
  store: RouteStore,
  configuration: ConfigurationFor<"mmp sync">,
  read: typeof syncOnce,
): Promise<void> {
  const log = createLog("silent");
  const { directory } = configuration;
  printReport(await read({ source: directorySource(configuration, log), store, directory, log }));
}

const entries = (count: number): string => counted(count, "entry", "entries");

function printReport(report: SyncReport): void {
  const { read, written, unchanged, older, removed, references, skipped, skippedCount, held } = report;
  console.log(`${entries(read)} read: ${written} written, ${unchanged} unchanged, ${removed} removed`);
  if (older > 0)
    console.log(
      `Kept the route store's newer version of ${entries(older)}: mmp sync verify lists the differences, mmp sync overwrite replaces ${older === 1 ? "it" : "them"}`,
    );
  if (skippedCount > 0) console.log(`${entries(skippedCount)} skipped:`);
  for (const { place, reason } of skipped) console.log(`  ${place}: ${reason}`);
  if (skippedCount > skipped.length) console.log(`  and ${skippedCount - skipped.length} more`);
  if (references > 0)
    console.log(
      `${counted(references, "reference")} to other servers not followed; entries there are missing`,
    );
  if (held !== undefined) throw new Failure(`removals on hold: ${reasonOf(held)}`);
  if (written + unchanged + older === 0)
    throw new Failure(
      "the directory has no usable entry; check directory.base, directory.filter and the attributes",
      EXIT.nobody,
    );
}

function reasonOf({ reason, wouldRemove, of, missingCanaries }: NonNullable<SyncStatus["held"]>): string {
  const share = `${wouldRemove} of ${entries(of)} would be removed`;
  const why = {
    "canary-missing": `the directory lacks ${missingCanaries.join(", ")}, and ${share}`,
    "too-many-removals": `${share}, more than directory.maxRemovedShare and maxRemovedEntries allow`,
    "server-behind": `the server lacks changes that the route store has from another one, and ${share}`,
  }[reason];
  return `${why}; to approve it: mmp sync release`;
}
