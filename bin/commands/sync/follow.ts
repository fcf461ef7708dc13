import type { SyncStatus } from "../../../route-api/contract/sync-status.ts";
import type { RouteStore } from "../../../route-api/store/store.ts";
import { readStatus } from "../../../route-api/sync/status.ts";
import { startSync } from "../../../route-api/sync/sync.ts";
import { loadFor, requireConfiguration } from "../../config/for-command.ts";
import { type Measurement, reportMetrics } from "../../run/embedded-metrics.ts";
import { createLog } from "../../run/logger.ts";
import { notifyReady } from "../../run/notify-service.ts";
import { reloader } from "../../run/reload.ts";
import { openRouteStore } from "../../run/route-store.ts";
import { runUntilSignal } from "../../run/signals.ts";
import { directorySource, runSync } from "../../run/sync.ts";
import { warnOfExposedSecrets } from "../../run/warn-exposed.ts";
import { bringSecretFiles } from "../../secret-files/secret-files.ts";

/** Follows the directory until a signal ends it. */
export async function follow(config: string, logLevel: string): Promise<void> {
  const secrets = await bringSecretFiles(config);
  const configuration = requireConfiguration(config, "mmp sync");
  const store = await openRouteStore(configuration);
  const log = createLog(logLevel);
  warnOfExposedSecrets(log, configuration);
  let sync = runSync(configuration, store, log);
  const reload = reloader({
    log,
    read: () => loadFor(config, "mmp sync"),
    async apply({ configuration: next }) {
      const { directory } = next;
      // Throws if the settings cannot be used, while the old sync still runs.
      const source = directorySource(next, log);
      await sync.close();
      // It continues at the old one's cursor.
      sync = startSync({ source, store, directory, log });
      return { directory: "url" in directory ? directory.url : directory.ldif };
    },
  });
  secrets?.follow(log, reload);
  reportMetrics(log, { Part: "sync" }, () => measure(store));
  const ended = runUntilSignal(() => sync.close(), reload);
  notifyReady(log);
  await ended;
  await store.close();
  log.info("stopped");
}

/** Metrics of the sync that leads, which may be another process. */
async function measure(store: RouteStore): Promise<Record<string, Measurement>> {
  const { state, lagSeconds } = await readStatus(store);
  return {
    ...(lagSeconds === undefined ? {} : { SyncLag: { value: lagSeconds, unit: "Seconds" } }),
    SyncTrouble: { value: TROUBLE.has(state) ? 1 : 0, unit: "Count" },
  };
}

/** States in which the route store does not follow the directory. */
const TROUBLE: ReadonlySet<SyncStatus["state"]> = new Set(["behind", "held", "failing", "stopped"]);
