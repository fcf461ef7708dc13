import type { Logger } from "pino";
import type { ConfigurationFor } from "../config/needs.ts";
import { runEdge } from "./edge.ts";
import { reloadRouteApi, runRouteApi } from "./route-api.ts";
import { openRouteStore } from "./route-store.ts";
import { type RunningEdge, requireRunning } from "./running-edge.ts";
import { runSync } from "./sync.ts";

/** An edge with all the parts behind it. */
export interface AllInOne {
  edge: RunningEdge<ConfigurationFor<"mmp up">>;
  /** Drains the edge, then stops the other parts. */
  stop(): Promise<void>;
}

/** Starts all parts in this process, each after those that it needs; if one cannot start, the others stop again. */
export async function startAll(
  configuration: ConfigurationFor<"mmp up">,
  log: Logger,
  drainSeconds: number,
): Promise<AllInOne> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    const store = await openRouteStore(configuration);
    closers.push(() => store.close());
    const api = await runRouteApi(configuration, store, log);
    closers.push(() => api.close());
    const sync = runSync(configuration, store, log);
    closers.push(() => sync.close());
    // A directory that is unavailable must not keep users out: the store still has yesterday's routes.
    await sync.first;
    let inForce = configuration;
    const edge = await runEdge(configuration, log, drainSeconds);
    await requireRunning(edge);
    return {
      edge: {
        get listeners() {
          return edge.listeners;
        },
        get faults() {
          return edge.faults;
        },
        metrics: edge.metrics,
        drain: edge.drain,
        reload(next) {
          reloadRouteApi(api, inForce, next, log);
          inForce = next;
          return edge.reload(next);
        },
      },
      async stop() {
        await edge.drain();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
