import { openFeed } from "../feed.ts";
import { CHANGE_KEY, QUESTION_KEY } from "../keys.ts";
import { CHANGES, type Lane, QUESTIONS } from "../lanes.ts";
import type { RouteStore, StoreUsage } from "../store.ts";
import { createClient, type DynamoDbConfig } from "./client.ts";
import { dynamoDocuments } from "./documents.ts";
import { dynamoFeedRecords } from "./feed.ts";
import { entryHolds } from "./holds.ts";
import { dynamoLists } from "./lists.ts";
import { lookUps } from "./look-ups.ts";
import { LOGIN_PATIENCE, type Patience, SYNC_PATIENCE } from "./retry.ts";
import { createTable } from "./schema.ts";
import { openTable } from "./table.ts";
import { entryWrites, type OpenFenced } from "./writes.ts";

/** Each look costs a read unit. */
export const CHANGE_POLL_MS = 50;
export const QUESTION_POLL_MS = 200;

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
  const feed = <T>(lane: Lane<T>, partition: string) =>
    openFeed(lane, dynamoFeedRecords({ table, patient, partition, retentionSeconds: lane.retentionSeconds }));
  return {
    ...lookUps(table, patient),
    ...entryWrites(fenced),
    ...entryHolds(table),
    pollMs: { changes: CHANGE_POLL_MS, questions: QUESTION_POLL_MS },
    onWrite: () => undefined,
    changes: feed(CHANGES, CHANGE_KEY),
    questions: feed(QUESTIONS, QUESTION_KEY),
    ...documents,
    lists: dynamoLists(table),
    create: () => createTable(client, config.table),
    ready: async () => void (await documents.readDocument("ready")),
    usage,
    close: async () => client.destroy(),
  };
}
