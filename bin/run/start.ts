import type { Logger } from "pino";
import type { Configuration } from "../config/load.ts";
import { apiTokens, openRouteStore, runEdge, runRouteApi, runSync } from "./parts.ts";
import { type RunningEdge, requireRunning } from "./running-edge.ts";

export interface RunningParts {
  edge: RunningEdge;
  /** Ends the sessions, spread over the time, then the rest. */
  stop(): Promise<void>;
}

/** Starts every part in this process, each after what it needs; what was started ends again when one cannot. */
export async function startAll(
  configuration: Configuration,
  log: Logger,
  drainSeconds: number,
): Promise<RunningParts> {
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
    // A directory that is out must not keep users out: the store still knows yesterday's routes.
    await sync.first;
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
        drain: edge.drain,
        reload(next) {
          api.replaceTokens(apiTokens(next));
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
