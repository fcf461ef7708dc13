import type { Logger } from "pino";
import { expiryWarnings } from "../config/checks/host.ts";
import type { Configuration } from "../config/schema.ts";

const DAY_MS = 86_400_000;

/** Logs, now and daily, each certificate that has expired or soon will. Returns how to stop. */
export function watchExpiry(log: Logger, configuration: Configuration): () => void {
  const warn = (): void => {
    for (const text of expiryWarnings(configuration, Date.now())) log.warn(text);
  };
  warn();
  const timer = setInterval(warn, DAY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
