import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDynamoDb } from "../../../../route-api/store/dynamodb.ts";
import { loginKey } from "../../../../route-api/store/store.ts";
import { type DynamoDouble, doubles } from "../../../support/dynamodb.ts";
import { type StoreUnderTest, storeContract } from "./contract.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

for (const { name, start, missing } of doubles) {
  describe.skipIf(missing !== undefined)(name, () => {
    let double: DynamoDouble;
    let underTest: StoreUnderTest;

    beforeAll(async () => {
      double = await start();
      const config = { table: "mmp", region: "local", endpoint: double.endpoint };
      const store = openDynamoDb(config);
      await store.create();
      const client = new DynamoDBClient({ region: "local", endpoint: double.endpoint, credentials });
      underTest = {
        store,
        putBarePointer: async (login, uuid) => {
          const Item = { pk: { S: loginKey(login) }, sk: { S: uuid }, version: { S: "0" } };
          await client.send(new PutItemCommand({ TableName: "mmp", Item }));
        },
      };
    }, 120_000);
    afterAll(async () => {
      await underTest?.store.close();
      await double?.close();
    });

    storeContract("DynamoDB", () => underTest);

    test("a table that is not there is a clear error", async () => {
      const store = openDynamoDb({ table: "other", region: "local", endpoint: double.endpoint });
      await expect(store.ready()).rejects.toMatchObject({ code: "no-table" });
      await expect(store.find("alice")).rejects.toMatchObject({ code: "no-table" });
      await store.close();
    });
  });
}

test("a DynamoDB that cannot be reached is a clear error", async () => {
  const store = openDynamoDb({ table: "mmp", region: "local", endpoint: "http://127.0.0.1:1" });
  await expect(store.find("alice")).rejects.toMatchObject({ code: "unreachable" });
  await store.close();
});
