import { changeFeed } from "../feed.ts";
import type { RouteStore, StoreUsage } from "../store.ts";
import { createClient, type DynamoDbConfig } from "./client.ts";
import { dynamoDocuments } from "./documents.ts";
import { dynamoFeedItems } from "./feed.ts";
import { lookUps } from "./look-ups.ts";
import { LOGIN_PATIENCE, type Patience, SYNC_PATIENCE } from "./retry.ts";
import { createTable } from "./schema.ts";
import { openTable } from "./table.ts";
import { entryWrites, type OpenFenced } from "./writes.ts";

/**
 * The route store in one DynamoDB table with string keys `pk` and `sk`. Needs no transactions, Streams or TTL.
 * `patience` applies to what a sync does; requests that a user waits for have less.
 */
export function openDynamoDb(config: DynamoDbConfig, patience: Patience = SYNC_PATIENCE): RouteStore {
  const client = createClient(config);
  const usage: StoreUsage = { readUnits: 0, writeUnits: 0, throttled: 0 };
  const table = openTable(client, config.table, LOGIN_PATIENCE, usage);
  const patient = openTable(client, config.table, patience, usage);
  const fenced: OpenFenced = (confirm) => openTable(client, config.table, patience, usage, confirm);
  const documents = dynamoDocuments(table);
  return {
    ...lookUps(table, patient),
    ...entryWrites(fenced),
    ...changeFeed(dynamoFeedItems(table, patient)),
    ...documents,
    create: () => createTable(client, config.table),
    ready: async () => void (await documents.readDocument("ready")),
    usage,
    close: async () => client.destroy(),
  };
}
