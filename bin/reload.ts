import type { Logger } from "pino";
import type { Edge } from "../edge-proxy/main.ts";
import { loadConfiguration } from "./config-file.ts";
import { formatMistake } from "./mistakes.ts";
import { edgeOptions } from "./parts.ts";

/**
 * Makes what reads the configuration file again and puts it in force at a running edge, certificates included. What
 * does not check leaves the old in force, and the log says why. Runs one at a time.
 */
export function reloader(file: string, edge: Edge, log: Logger, only?: string): () => void {
  let running = Promise.resolve();
  const reload = async (): Promise<void> => {
    const result = loadConfiguration(file);
    if (!result.ok) {
      log.error({ mistakes: result.mistakes.map(formatMistake) }, "configuration not reloaded");
      return;
    }
    try {
      await edge.reload(edgeOptions(result.configuration, only));
      log.info({ listeners: edge.listeners }, "configuration reloaded");
    } catch (error) {
      log.error({ mistakes: [(error as Error).message] }, "configuration not reloaded");
    }
  };
  return () => {
    running = running.then(reload);
  };
}
