import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import type { FullEntry, RouteStore } from "../../../route-api/store/store.ts";
import { doubles } from "../../support/dynamodb/doubles.ts";
import { put, remove } from "../../support/writes.ts";
import type { Row } from "./figures.ts";

const entry = (number: number, more: Partial<FullEntry> = {}): FullEntry => ({
  uuid: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
  dn: `uid=user${number},ou=people,dc=example,dc=com`,
  account: `user${number}@example.com`,
  logins: [`user${number}`, `user${number}@example.com`, `u.${number}@example.com`, `${number}@example.org`],
  mailHost: ["store1.example.com"],
  version: "20260101000000.000000Z#000000#000#000000",
  ...more,
});
const later = { version: "20260201000000.000000Z#000000#000#000000" };

/** What one doing costs, by name; each is given the end of the change feed. */
const DOINGS: [string, (store: RouteStore, end: string) => Promise<unknown>][] = [
  ["look-up by an edge", async (store) => store.find("user1@example.com", "eventual")],
  ["look-up right after a change", async (store) => store.find("user1@example.com", "consistent")],
  ["look-up of an unknown name", async (store) => store.find("nobody@example.com", "eventual")],
  ["new entry with four names", (store) => put(store, [entry(2)])],
  ["entry told again, nothing new", (store) => put(store, [entry(2)])],
  ["change of mailHost", (store) => put(store, [entry(2, { ...later, mailHost: ["store2.example.com"] })])],
  [
    "announcement of one change",
    (store) =>
      store.changes.append([
        { kind: "route", uuid: entry(2).uuid, account: entry(2).account, names: entry(2).logins },
      ]),
  ],
  ["one look of an API at the feed", (store, end) => store.changes.next(end, 50)],
  ["removal", (store) => remove(store, [entry(2).uuid])],
];

/** Read and write units of each doing, as DynamoDB's double counts them (ConsumedCapacity). */
export async function measureUnits(): Promise<Row[]> {
  const double = await (
    doubles.find(({ name, missing }) => name !== "dynalite" && missing === undefined) ?? doubles[0]
  )?.start();
  if (double === undefined) throw new Error("there is no double of DynamoDB here");
  const store = openDynamoDb({ table: "units", region: "local", endpoint: double.endpoint });
  try {
    await store.create();
    await put(store, [entry(1)]);
    await store.changes.append([{ kind: "all" }]);
    const rows: Row[] = [];
    for (const [what, doing] of DOINGS) {
      const { cursor } = await store.changes.after(undefined, 1);
      const before = { ...store.usage };
      await doing(store, cursor);
      const { readUnits, writeUnits } = store.usage;
      rows.push({
        what: `DynamoDB units: ${what}`,
        figure: `${readUnits - before.readUnits} read, ${writeUnits - before.writeUnits} write`,
      });
    }
    return rows;
  } finally {
    await store.close();
    await double.close();
  }
}
