import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { storeErrorOf } from "./errors.ts";

/** Attribute with the time after which an item may be deleted, in seconds since 1970: the table's time-to-live, if enabled. */
export const TTL_ATTRIBUTE = "expires";

/** Time limit for creating a table, in seconds. */
const CREATE_SECONDS = 120;

const SCHEMA = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
} as const satisfies Omit<CreateTableCommandInput, "TableName">;

/** Creates the table if it does not exist; an existing one is left as it is. Throws StoreError. */
export async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  try {
    const isNew = await create(client, TableName);
    await waitUntilTableExists({ client, maxWaitTime: CREATE_SECONDS, minDelay: 1 }, { TableName });
    if (isNew) await expireItems(client, TableName);
  } catch (error) {
    throw storeErrorOf(error, TableName);
  }
}

async function create(client: DynamoDBClient, TableName: string): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand({ TableName, ...SCHEMA }));
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}

async function expireItems(client: DynamoDBClient, TableName: string): Promise<void> {
  const TimeToLiveSpecification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
  try {
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  } catch (error) {
    // A double may not support it; it only affects the size of the table.
    if ((error as Error).name !== "UnknownOperationException") throw error;
  }
}
