import { Command } from "commander";
import type { SyncReport } from "../../route-api/directory/sync.ts";
import { Failure } from "../failure.ts";
import { runUntilSignal } from "../lifecycle.ts";
import { requireConfiguration } from "../load.ts";
import { createLog } from "../logger.ts";
import { configOption, logLevelOption } from "../options.ts";
import { openRouteStore, runSync, runSyncOnce } from "../parts.ts";

interface Options {
  config: string;
  once?: true;
  logLevel: string;
}

/** `mmp sync`: keeps the route store like the directory. */
export const syncCommand = (): Command =>
  new Command("sync")
    .description("Read the directory and keep the route store like it.")
    .addOption(configOption())
    .option("--once", "read the directory once, say what changed, and end")
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp sync --config /etc/mmp/mmp.yaml --once")
    .action(async ({ config, once, logLevel }: Options) => {
      const configuration = requireConfiguration(config);
      const store = await openRouteStore(configuration);
      if (once === true) {
        try {
          printReport(await runSyncOnce(configuration, store));
        } finally {
          await store.close();
        }
        return;
      }
      const { log, flush } = createLog(logLevel);
      const sync = runSync(configuration, store, log);
      await runUntilSignal(() => sync.close());
      await store.close();
      flush();
    });

function printReport({ read, written, unchanged, removed, skipped, skippedCount, held }: SyncReport): void {
  console.log(`${read} entries read: ${written} written, ${unchanged} unchanged, ${removed} removed`);
  if (skippedCount > 0) console.log(`${skippedCount} entries cannot be used:`);
  for (const { place, reason } of skipped) console.log(`  ${place}: ${reason}`);
  if (skippedCount > skipped.length) console.log(`  and ${skippedCount - skipped.length} more`);
  if (held === undefined) return;
  throw new Failure(
    `nothing was removed: ${held.wouldRemove} of ${held.of} routes would have gone, more than directory.maxRemovedShare allows`,
  );
}
