import type { Logger } from "pino";

export interface Reload<T> {
  /** Reads what is configured now. */
  read(): T | { mistakes: string[] };
  /** Puts it in force; resolves to what the log says of it. Rejects, and changes nothing, if it cannot be. */
  apply(read: T): Promise<object> | object;
  log: Logger;
}

/**
 * Makes a function that reads the configuration file again and puts it in force. If that fails, the old configuration
 * stays in force and the log says why. One reload runs at a time.
 */
export function reloader<T extends object>({ read, apply, log }: Reload<T>): () => void {
  let running = Promise.resolve();
  const refuse = (mistakes: string[]): void => log.error({ mistakes }, "configuration not reloaded");
  const reload = async (): Promise<void> => {
    const result = read();
    if ("mistakes" in result) return refuse(result.mistakes);
    try {
      log.info(await apply(result), "configuration reloaded");
    } catch (error) {
      refuse((error as Error).message.split("\n"));
    }
  };
  return () => {
    running = running.then(reload);
  };
}
