import {
  DeleteItemCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { TTL_ATTRIBUTE } from "../../../route-api/store/dynamodb/schema.ts";
import { pointerKey } from "../../../route-api/store/keys.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { pointersIn } from "../../support/dynamodb/pointers.ts";
import { storeContract } from "../../unit/route-api/store/contract/suite.ts";
import type { StoreUnderTest } from "../../unit/route-api/store/contract/under-test.ts";

const TableName = "mmp";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

for (const { name, start, missing } of doubles) {
  describe.skipIf(missing !== undefined)(name, () => {
    let double: DynamoDouble;
    let underTest: StoreUnderTest;
    let client: DynamoDBClient;

    beforeAll(async () => {
      double = await start();
      const config = { table: TableName, region: "local", endpoint: double.endpoint };
      client = new DynamoDBClient({ region: "local", endpoint: double.endpoint, credentials });
      underTest = {
        store: openDynamoDb(config),
        other: openDynamoDb(config),
        // A page is of 2000 items: an entry, its two names and its DN are four.
        entriesOfTwoPages: 550,
        putBarePointer: async (attribute, value, uuid) => {
          const Item = { pk: { S: pointerKey(attribute, value) }, sk: { S: uuid }, write: { N: "1" } };
          await client.send(new PutItemCommand({ TableName, Item }));
        },
        losePointer: async (attribute, value, uuid) => {
          const Key = { pk: { S: pointerKey(attribute, value) }, sk: { S: uuid } };
          await client.send(new DeleteItemCommand({ TableName, Key }));
        },
        pointersTo: (uuid) => pointersIn(double.endpoint, TableName, uuid),
      };
      await underTest.store.create();
    }, 120_000);
    afterAll(async () => {
      await underTest?.store.close();
      await underTest?.other.close();
      client?.destroy();
      await double?.close();
    });

    storeContract("DynamoDB", () => underTest);

    test("a new table lets items go when their time has come, where DynamoDB can do so", async () => {
      const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
      expect(TimeToLiveDescription).toEqual(
        name === "dynalite"
          ? { TimeToLiveStatus: "DISABLED" }
          : { TimeToLiveStatus: "ENABLED", AttributeName: TTL_ATTRIBUTE },
      );
    });

    test("a table that is not there is a clear error", async () => {
      const store = openDynamoDb({ table: "other", region: "local", endpoint: double.endpoint });
      await expect(store.ready()).rejects.toMatchObject({ code: "no-table" });
      await expect(store.find("alice", "eventual")).rejects.toMatchObject({ code: "no-table" });
      await store.close();
    });
  });
}

test("a DynamoDB that cannot be reached is a clear error", async () => {
  const store = openDynamoDb({ table: TableName, region: "local", endpoint: "http://127.0.0.1:1" });
  await expect(store.find("alice", "eventual")).rejects.toMatchObject({ code: "unreachable" });
  await store.close();
});
