import type { RouteStoreConfig } from "../config/route-store.ts";
import { openDynamoDb } from "./dynamodb/open.ts";
import { openSqlite } from "./sqlite/open.ts";
import type { RouteStore } from "./store.ts";

/** Opens the route store that the configuration names. Throws StoreError. */
export const openStore = (config: RouteStoreConfig): RouteStore =>
  "sqlite" in config ? openSqlite(config.sqlite) : openDynamoDb(config.dynamodb);
