import type { RouteStore } from "../../../route-api/store/store.ts";
import { requireConfiguration } from "../../config/for-command.ts";
import type { Command, ConfigurationFor } from "../../config/needs.ts";
import { openRouteStore } from "../../run/route-store.ts";
import { bringSecretFiles } from "../../secret-files/secret-files.ts";

type SyncCommand = Extract<Command, `mmp sync${string}`>;

/** Does some work with the configured route store, and closes it. */
export async function withStore<C extends SyncCommand>(
  config: string,
  command: C,
  work: (store: RouteStore, configuration: ConfigurationFor<C>) => Promise<void>,
): Promise<void> {
  await bringSecretFiles(config);
  const configuration = requireConfiguration(config, command);
  const store = await openRouteStore(configuration as ConfigurationFor<SyncCommand>);
  try {
    await work(store, configuration);
  } finally {
    await store.close();
  }
}
