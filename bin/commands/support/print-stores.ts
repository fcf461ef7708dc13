import { STORES_PATH, StoreList, type StoreSummary } from "../../../route-api/contract/stores.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { formatTable } from "./table.ts";

/** Prints how each mail store does. Throws a Failure. */
export async function printStores(options: ApiOptions): Promise<void> {
  const found = await openApi("mmp stores", options).get(STORES_PATH, StoreList);
  console.log(options.json === true ? JSON.stringify(found) : describe(found));
}

function describe({ stores, otherFailuresPerSecond, silent }: StoreList): string {
  const table =
    stores.length === 0
      ? "No store was used in the last half minute."
      : formatTable({ heading: HEADING, rows: stores.map(row) });
  const lines = [
    table,
    `${otherFailuresPerSecond.toFixed(1)} logins a second failed before a store was known`,
  ];
  if (silent.length > 0) lines.push(`not counted, because silent: ${silent.join(", ")}`);
  return lines.join("\n");
}

const HEADING = ["STORE", "SESSIONS", "LOGINS/S", "FAILURES/S", "FAILING"];

const row = ({ store, sessions, loginsPerSecond, failuresPerSecond, failing }: StoreSummary): string[] => [
  store,
  String(sessions),
  loginsPerSecond.toFixed(1),
  failuresPerSecond.toFixed(1),
  failing.map(({ host, edges }) => `${host} (${counted(edges.length, "edge")})`).join(", "),
];
