import { listKey } from "../keys.ts";
import { type ListItem, type ListStore, nowSeconds } from "../lists.ts";
import { TTL_ATTRIBUTE } from "./schema.ts";
import { type Item, keyOf, type Table } from "./table.ts";

/** Lists in DynamoDB: a partition each. Its time-to-live deletes expired items, some time later. */
export function dynamoLists(table: Table): ListStore {
  return {
    async put(list, key, value, seconds) {
      await table.put({
        ...keyOf(listKey(list), key),
        json: { S: JSON.stringify(value) },
        [TTL_ATTRIBUTE]: { N: `${nowSeconds() + seconds}` },
      });
    },

    async remove(list, key) {
      await table.delete(keyOf(listKey(list), key));
    },

    async read(list, prefix, consistency = "consistent") {
      const items = await table.queryAll({
        ConsistentRead: consistency === "consistent",
        KeyConditionExpression: prefix === undefined ? "pk = :pk" : "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: {
          ":pk": { S: listKey(list) },
          ...(prefix === undefined ? {} : { ":prefix": { S: prefix } }),
        },
      });
      return current(items);
    },

    async readAfter(list, after) {
      const items = await table.queryAll({
        ConsistentRead: true,
        KeyConditionExpression: after === "" ? "pk = :pk" : "pk = :pk AND sk > :after",
        ExpressionAttributeValues: {
          ":pk": { S: listKey(list) },
          ...(after === "" ? {} : { ":after": { S: after } }),
        },
      });
      return current(items);
    },

    async readLast(list, limit, before) {
      const items = await table.query({
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: limit,
        KeyConditionExpression: before === undefined ? "pk = :pk" : "pk = :pk AND sk < :before",
        ExpressionAttributeValues: {
          ":pk": { S: listKey(list) },
          ...(before === undefined ? {} : { ":before": { S: before } }),
        },
      });
      return current(items);
    },
  };
}

const current = (items: readonly Item[]): ListItem[] =>
  items
    .filter((item) => Number(item[TTL_ATTRIBUTE]?.N) > nowSeconds())
    .map(({ sk, json }) => ({ key: sk?.S ?? "", value: JSON.parse(json?.S ?? "null") as unknown }));
