import type { Logger } from "pino";
import { type Configuration, loadConfiguration } from "../config/load.ts";
import { formatMistake } from "../config/mistakes.ts";

/**
 * Makes what reads the configuration file again and has it put in force at what runs, certificates and tokens included.
 * What does not check leaves the old in force, and the log says why. Runs one at a time. What `apply` gives is logged.
 */
export function wholeReloader(
  file: string,
  log: Logger,
  apply: (configuration: Configuration) => object | Promise<object>,
): () => void {
  let running = Promise.resolve();
  const reload = async (): Promise<void> => {
    const result = loadConfiguration(file);
    if (!result.ok) {
      log.error({ mistakes: result.mistakes.map(formatMistake) }, "configuration not reloaded");
      return;
    }
    try {
      log.info(await apply(result.configuration), "configuration reloaded");
    } catch (error) {
      log.error({ mistakes: [(error as Error).message] }, "configuration not reloaded");
    }
  };
  return () => {
    running = running.then(reload);
  };
}
