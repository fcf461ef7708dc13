import type { Logger } from "pino";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { Configuration } from "../config/load.ts";
import { filesOf } from "../config/paths.ts";
import type { SecretFiles } from "../secret-files/secret-files.ts";
import { reloader } from "./reload.ts";
import { logFaults, type RunningEdge } from "./running-edge.ts";
import { runUntilSignal } from "./signals.ts";
import { watchFiles } from "./watch-files.ts";

export interface ServeOptions {
  file: string;
  /** Name of the only instance that runs. */
  only?: string | undefined;
  configuration: Configuration;
  /** What is wrong with the instances that were left out. */
  faults: readonly InstanceFault[];
  edge: RunningEdge;
  log: Logger;
  /** Whether a change of a file has it reloaded, as SIGHUP does. */
  watch: boolean;
  /** Files that come from elsewhere, and are followed. */
  secrets?: SecretFiles | undefined;
  /** More to say of what listens. */
  details?: object;
  /** More to put in force at a reload, before the edge. */
  reload?(configuration: Configuration): void;
  /** In place of the edge's drain. */
  stop?(): Promise<void>;
}

/** Says that an edge listens, and has it follow its configuration until a signal ends it. */
export async function serve(options: ServeOptions): Promise<void> {
  const { file, only, configuration, faults, edge, log, details } = options;
  logFaults(log, [...faults, ...edge.faults], "instance not started");
  log.info({ listeners: edge.listeners, ...details }, "listening");
  const reload = reloader({
    file,
    only,
    current: configuration,
    log,
    async apply(next) {
      options.reload?.(next);
      await edge.reload(next);
      return { listeners: edge.listeners, faults: edge.faults };
    },
  });
  options.secrets?.follow(log, reload);
  const watch = options.watch ? watchFiles(() => filesOf(file), reload) : undefined;
  await runUntilSignal(
    () => {
      watch?.close();
      return options.stop?.() ?? edge.drain();
    },
    () => {
      watch?.catchUp();
      reload();
    },
  );
  log.info("stopped");
}
