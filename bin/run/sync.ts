import type { Logger } from "pino";
import { openDirectory } from "../../route-api/directory/open.ts";
import type { DirectorySource } from "../../route-api/directory/source.ts";
import type { RouteStore } from "../../route-api/store/store.ts";
import { type Sync, startSync } from "../../route-api/sync/sync.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import { readSecret } from "../config/read-secret.ts";

/** Keeps the route store in step with the directory. */
export const runSync = (configuration: ConfigurationFor<"mmp sync">, store: RouteStore, log: Logger): Sync =>
  startSync({
    source: directorySource(configuration, log),
    store,
    directory: configuration.directory,
    log,
  });

/** Opens the configured directory. Throws Failure. */
export function directorySource({ directory }: ConfigurationFor<"mmp sync">, log: Logger): DirectorySource {
  const passwordFile = "url" in directory ? directory.bindPasswordFile : undefined;
  return openDirectory(directory, passwordFile === undefined ? undefined : readSecret(passwordFile), log);
}
