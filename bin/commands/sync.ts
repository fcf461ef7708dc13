import { Command } from "commander";
import type { SyncStatus } from "../../route-api/contract/sync-status.ts";
import type { RouteStore } from "../../route-api/store/store.ts";
import { releaseHold } from "../../route-api/sync/release.ts";
import { readStatus, watchStatus } from "../../route-api/sync/status.ts";
import { type SyncReport, startSync } from "../../route-api/sync/sync.ts";
import { type Difference, verify } from "../../route-api/sync/verify.ts";
import type { Configuration } from "../config/load.ts";
import { requireConfiguration } from "../config/require.ts";
import { Failure } from "../failure.ts";
import { type Measurement, reportMetrics } from "../run/embedded-metrics.ts";
import { createLog } from "../run/logger.ts";
import { directorySource, openRouteStore, runSync, runSyncOnce } from "../run/parts.ts";
import { wholeReloader } from "../run/reload-whole.ts";
import { runUntilSignal } from "../run/signals.ts";
import { bringSecretFiles } from "../secret-files/secret-files.ts";
import { configOption, logLevelOption } from "./options.ts";

interface Options {
  config: string;
  once?: true;
  logLevel: string;
}

/** `mmp sync`: keeps the route store like the directory; its sub-commands look at that and let removals go on. */
export const syncCommand = (): Command =>
  new Command("sync")
    .description("Follow the directory and keep the route store like it.")
    .addOption(configOption())
    .option("--once", "read the directory once, say what changed, and end")
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp sync --config /etc/mmp/mmp.yaml --once")
    .action(({ config, once, logLevel }: Options) =>
      once === true ? withStore(config, readOnce) : follow(config, logLevel),
    )
    .addCommand(
      part(
        "overwrite",
        "Read the directory once and write what it says over newer entries too: after it was set back.",
        overwrite,
      ),
    )
    .addCommand(part("status", "Say how the sync is doing.", status))
    .addCommand(part("release", "Let the removals go on that the sync holds back.", release))
    .addCommand(
      part(
        "verify",
        "Compare route store and directory, entry by entry; ends with 1 where they differ.",
        compare,
      ),
    );

const part = (name: string, description: string, work: Work): Command =>
  new Command(name)
    .description(description)
    .addOption(configOption())
    .action(({ config }: Options) => withStore(config, work));

async function follow(config: string, logLevel: string): Promise<void> {
  const secrets = await bringSecretFiles(config);
  const configuration = requireConfiguration(config);
  const store = await openRouteStore(configuration);
  const { log, flush } = createLog(logLevel);
  let sync = runSync(configuration, store, log);
  // It goes on from the cursor of the one before.
  const restart = wholeReloader(config, log, async (next) => {
    // Throws where it cannot be used, before anything ends.
    const source = directorySource(next, log);
    await sync.close();
    sync = startSync({ source, store, directory: next.directory, log });
    return { directory: "url" in next.directory ? next.directory.url : next.directory.ldif };
  });
  secrets?.follow(log, restart);
  reportMetrics(log, { Part: "sync" }, () => measure(store));
  await runUntilSignal(() => sync.close(), restart);
  await store.close();
  log.info("stopped");
  flush();
}

async function readOnce(store: RouteStore, configuration: Configuration): Promise<void> {
  printReport(await runSyncOnce(configuration, store, createLog("silent").log));
}

/** Whatever the table has gives way. */
const overwrite: Work = (store, configuration) => readOnce({ ...store, put: store.overwrite }, configuration);

/** Of the sync that leads, whoever tells it. */
async function measure(store: RouteStore): Promise<Record<string, Measurement>> {
  const { state, lagSeconds } = await readStatus(store);
  return {
    ...(lagSeconds === undefined ? {} : { SyncLag: { value: lagSeconds, unit: "Seconds" } }),
    SyncTrouble: { value: TROUBLE.has(state) ? 1 : 0, unit: "Count" },
  };
}

/** States in which the route store does not follow the directory. */
const TROUBLE: ReadonlySet<SyncStatus["state"]> = new Set(["held", "failing", "stopped"]);

type Work = (store: RouteStore, configuration: Configuration) => Promise<void>;

/** Runs with the configured route store, and closes it. */
async function withStore(config: string, work: Work): Promise<void> {
  await bringSecretFiles(config);
  const configuration = requireConfiguration(config);
  const store = await openRouteStore(configuration);
  try {
    await work(store, configuration);
  } finally {
    await store.close();
  }
}

function printReport(report: SyncReport): void {
  const { read, written, unchanged, older, removed, skipped, skippedCount, held } = report;
  console.log(`${read} entries read: ${written} written, ${unchanged} unchanged, ${removed} removed`);
  if (older > 0)
    console.log(
      `${older} entries are older than in the table, which keeps them: mmp sync verify lists, mmp sync overwrite takes them`,
    );
  if (skippedCount > 0) console.log(`${skippedCount} entries cannot be used:`);
  for (const { place, reason } of skipped) console.log(`  ${place}: ${reason}`);
  if (skippedCount > skipped.length) console.log(`  and ${skippedCount - skipped.length} more`);
  if (held !== undefined) throw new Failure(`nothing was removed: ${reasonOf(held)}`);
}

type Held = NonNullable<SyncStatus["held"]>;

function reasonOf({ reason, wouldRemove, of, missingCanaries }: Held): string {
  const why =
    reason === "canary-missing"
      ? `the directory lacks ${missingCanaries.join(", ")}, and ${wouldRemove} of ${of} entries would go`
      : `${wouldRemove} of ${of} entries would go, more than directory.maxRemovedShare and maxRemovedEntries allow`;
  return `${why}; where that is right: mmp sync release`;
}

async function status(store: RouteStore): Promise<void> {
  console.log(JSON.stringify(await watchStatus(store), null, 2));
}

async function release(store: RouteStore): Promise<void> {
  const held = await releaseHold(store);
  if (held === undefined) throw new Failure("no removals are held");
  console.log(
    `Released: the next full reading may remove ${held.wouldRemove} of ${held.of} entries. The sync that leads begins it now.`,
  );
}

async function compare(store: RouteStore, configuration: Configuration): Promise<void> {
  const source = directorySource(configuration, createLog("silent").log);
  const { directory, table, differences } = await verify(
    source,
    store,
    configuration.directory,
    printDifference,
  );
  console.log(
    `${directory} usable entries in the directory, ${table} in the route store: ${differences} differences`,
  );
  if (differences > 0) throw new Failure("the route store is not as the directory");
}

const printDifference = ({ is, dn, uuid, fields }: Difference): void =>
  console.log(`${is} ${dn} (${uuid})${fields === undefined ? "" : `: ${fields.join(", ")}`}`);
