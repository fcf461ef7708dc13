import { openSqlite } from "../../../../route-api/store/sqlite/open.ts";
import { serverBehind } from "./server-behind.ts";

serverBehind("SQLite", async () => {
  const store = openSqlite(":memory:");
  await store.create();
  return store;
});
