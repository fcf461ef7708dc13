import { afterAll, beforeAll, describe } from "vitest";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { serverBehind } from "../../unit/route-api/sync/server-behind.ts";

for (const { name, start, missing } of doubles) {
  describe.skipIf(missing !== undefined)(name, () => {
    let double: DynamoDouble;
    let tables = 0;
    beforeAll(async () => {
      double = await start();
    }, 120_000);
    afterAll(() => double?.close());

    serverBehind("DynamoDB", async () => {
      const store = openDynamoDb({
        table: `mmp-${++tables}`,
        region: "local",
        endpoint: double.endpoint,
      });
      await store.create();
      return store;
    });
  });
}
