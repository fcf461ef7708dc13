import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { pointerKey } from "../../../route-api/store/keys.ts";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../route-api/store/store.ts";
import { startSync } from "../../../route-api/sync/sync.ts";
import { type Difference, verify } from "../../../route-api/sync/verify.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { makeFolder } from "../../support/workspace.ts";
import {
  config,
  entry,
  log,
  type SyncFixture,
  scripted,
  syncFixture,
  until,
  whole,
} from "../../unit/route-api/sync/fixture.ts";

let double: DynamoDouble;
let client: DynamoDBClient;
const folder = makeFolder("lost-names");
let tables = 0;
beforeAll(async () => {
  double = (await doubles.find(({ name }) => name === "dynalite")?.start()) as DynamoDouble;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient({ region: "local", endpoint: double.endpoint, credentials });
});
afterAll(async () => {
  client.destroy();
  folder.remove();
  await double.close();
});

/** A store, and how a pointer gets lost in it. */
interface Adapter {
  name: string;
  open(): { store: RouteStore; lose(attribute: string, value: string, uuid: string): Promise<void> };
}

const ADAPTERS: Adapter[] = [
  {
    name: "SQLite",
    open() {
      const path = join(folder.path, `${++tables}.db`);
      return {
        store: openSqlite(path),
        async lose(attribute, value) {
          const raw = new DatabaseSync(path);
          const { changes } = raw
            .prepare("DELETE FROM pointers WHERE attribute = ? AND value = ?")
            .run(attribute, value);
          raw.close();
          expect(changes).toBe(1);
        },
      };
    },
  },
  {
    name: "DynamoDB",
    open() {
      const TableName = `lost${++tables}`;
      return {
        store: openDynamoDb({ table: TableName, region: "local", endpoint: double.endpoint }),
        async lose(attribute, value, uuid) {
          const Key = { pk: { S: pointerKey(attribute, value) }, sk: { S: uuid } };
          const { Attributes } = await client.send(
            new DeleteItemCommand({ TableName, Key, ReturnValues: "ALL_OLD" }),
          );
          expect(Attributes).toBeDefined();
        },
      };
    },
  },
];

describe.each(ADAPTERS)("names that are lost in $name", ({ open }) => {
  let fixture: SyncFixture;
  let lose: ReturnType<Adapter["open"]>["lose"];
  beforeEach(async () => {
    const opened = open();
    lose = opened.lose;
    fixture = await syncFixture(opened.store);
  });
  afterEach(() => fixture.close());

  const differences = async (events = whole(entry("a"), entry("b")), change = {}): Promise<Difference[]> => {
    const found: Difference[] = [];
    await verify(scripted(events).source, fixture.store, config(change), (each) => found.push(each));
    return found;
  };

  test("verify reports them, a full read restores them and announces what may be cached", async () => {
    const { once, has, changes } = fixture;
    const events = whole(entry("a"), entry("b"));
    await once(events);
    const before = (await changes()).length;
    await lose("login", "a@x.com", "uuid-a");
    await lose("dn", "uid=b,dc=x", "uuid-b");
    expect(await has("a@x.com")).toBe(false);
    expect(await differences()).toEqual([
      { is: "different", uuid: "uuid-a", dn: "uid=a,dc=x", fields: ["names by login"] },
      { is: "different", uuid: "uuid-b", dn: "uid=b,dc=x", fields: ["names by dn"] },
    ]);
    expect(await once(events)).toMatchObject({ unchanged: 2, written: 0 });
    expect(await has("a@x.com")).toBe(true);
    expect(await differences()).toEqual([]);
    expect((await changes()).slice(before)).toEqual([
      { kind: "route", uuid: "uuid-a", account: "a@x.com", names: ["a@x.com"] },
    ]);
  });

  test("accounts without a pointer, from tables of earlier versions, get one in the first full read", async () => {
    const { once, store } = fixture;
    const named = { loginAttributes: ["uid"], accountAttributes: ["mail"] };
    const events = whole(entry("a"), entry("b"));
    await once(events, named);
    for (const uid of ["a", "b"]) await lose("claim", `${uid}@x.com`, `uuid-${uid}`);
    expect(await store.match("claim", "a@x.com", "consistent")).toEqual([]);
    expect(await differences(events, named)).toMatchObject([
      { fields: ["names by claim"] },
      { fields: ["names by claim"] },
    ]);
    await once(events, named);
    for (const uid of ["a", "b"])
      expect(await store.match("claim", `${uid}@x.com`, "consistent")).toMatchObject([
        { uuid: `uuid-${uid}` },
      ]);
  });

  test("a sync that follows checks at its first full read, then once in nameCheckSeconds", async () => {
    const { store, has } = fixture;
    const events = whole(entry("a"), entry("b"));
    await fixture.once(events);
    const follow = async (nameCheckSeconds: number, restores: boolean): Promise<void> => {
      await lose("login", "a", "uuid-a");
      const { source, tell } = scripted(events);
      const sync = startSync({ source, store, directory: config({ nameCheckSeconds }), log });
      await until(() => has("a"));
      await lose("login", "a", "uuid-a");
      tell(...whole(entry("a"), entry("b")), ...whole(entry("a"), entry("b"), entry("c")));
      await until(() => has("c"));
      expect(await has("a")).toBe(restores);
      await sync.close();
    };
    await follow(0, true);
    await fixture.once(whole(entry("a"), entry("b")));
    await follow(86_400, false);
  });
});
