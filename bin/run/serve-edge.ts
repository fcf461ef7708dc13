import type { Logger } from "pino";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeCommand, EdgeConfigurationFor } from "../config/startable.ts";
import type { SecretFiles } from "../secret-files/secret-files.ts";
import { edgeReloader } from "./edge-reload.ts";
import { runKeptCurrent } from "./kept-current.ts";
import { MetricsServer } from "./metrics-server.ts";
import { logFaults, type RunningEdge } from "./running-edge.ts";
import { warnOfExposedSecrets } from "./warn-exposed.ts";
import { watchExpiry } from "./watch-expiry.ts";

export interface ServeOptions<C extends EdgeCommand> {
  file: string;
  command: C;
  /** Name of the only instance to run. */
  only?: string | undefined;
  configuration: EdgeConfigurationFor<C>;
  /** What is wrong with the instances that were left out. */
  faults: readonly InstanceFault[];
  edge: RunningEdge<EdgeConfigurationFor<C>>;
  log: Logger;
  /** Whether to reload when a file changes, as at SIGHUP. */
  watch: boolean;
  /** Files kept up to date from elsewhere. */
  secrets?: SecretFiles | undefined;
  /** More for the log line of the start. */
  details?: object;
  /** Resolves when another edge runs in place of this one. */
  replaced?: Promise<void> | undefined;
  /** Runs instead of the edge's drain. */
  stop?(): Promise<void>;
}

/** Logs that an edge listens, and keeps it running with its configuration up to date until a signal ends it. */
export async function serveEdge<C extends EdgeCommand>(options: ServeOptions<C>): Promise<void> {
  const { file, command, only, configuration, faults, edge, log, details } = options;
  logFaults(log, [...faults, ...edge.faults], "instance not started");
  warnOfExposedSecrets(log, configuration);
  log.info({ listeners: edge.listeners, ...details }, "listening");
  const stopWatchingExpiry = watchExpiry(log, configuration);
  const metrics = new MetricsServer(edge, log);
  await metrics.apply(configuration.edge.metricsListen);
  // The edge in its place serves them from now on.
  void options.replaced?.then(() => metrics.close());
  const reload = edgeReloader({ file, command, only, current: configuration, edge, metrics, log });
  const { watch, secrets, replaced } = options;
  await runKeptCurrent({ file, watch, secrets, reload, replaced, log }, async () => {
    stopWatchingExpiry();
    await (options.stop?.() ?? edge.drain());
    await metrics.close();
  });
  log.info("stopped");
}
