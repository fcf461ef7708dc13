import { openStore } from "../../route-api/store/open.ts";
import type { RouteStore } from "../../route-api/store/store.ts";
import type { ConfigurationFor } from "../config/needs.ts";

/** Opens the configured route store; a SQLite file is created if it is absent. */
export async function openRouteStore({
  routeStore,
}: ConfigurationFor<"mmp sync status">): Promise<RouteStore> {
  const store = openStore(routeStore);
  if ("sqlite" in routeStore) await store.create();
  return store;
}
