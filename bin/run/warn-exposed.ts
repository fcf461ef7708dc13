import type { Logger } from "pino";
import { exposedSecrets } from "../config/exposed-secrets.ts";
import type { Configuration } from "../config/schema.ts";

/** Logs each file with a secret that every user of the machine may read. */
export function warnOfExposedSecrets(log: Logger, configuration: Configuration): void {
  for (const warning of exposedSecrets(configuration)) log.warn({ warning }, "secret file is not private");
}
