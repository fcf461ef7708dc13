import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ScanCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { RouteStoreConfig } from "../config.ts";
import { storeErrorOf } from "./dynamodb-errors.ts";
import {
  encodeEntry,
  entryKey,
  judge,
  loginKey,
  type RouteEntry,
  type RouteStore,
  StoreError,
  supersedes,
} from "./store.ts";

export type DynamoDbConfig = Extract<RouteStoreConfig, { dynamodb: unknown }>["dynamodb"];

/** Attempts of one request, with the SDK's jittered waits between them. */
const MAX_ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 3000;
/** How long a new table may take, in seconds. */
const CREATE_SECONDS = 120;
/** How often a write starts again because another process wrote the same entry meanwhile. */
const WRITE_ROUNDS = 5;
/** Keys of one BatchGetItem; more entries than this behind one name are not read. */
const BATCH_KEYS = 100;
/** Sort key of an entry's own item. */
const ENTRY_SORT_KEY = "entry";

/** The route store in one DynamoDB table with string keys `pk` and `sk`. Needs no transactions, Streams or TTL. */
export function openDynamoDb(config: DynamoDbConfig): RouteStore {
  const TableName = config.table;
  const client = createClient(config);

  const run = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw error;
      throw storeErrorOf(error, TableName);
    }
  };

  const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  const entryOf = (item: { entry?: { S?: string } | undefined } | undefined): RouteEntry | undefined =>
    item?.entry?.S === undefined ? undefined : (JSON.parse(item.entry.S) as RouteEntry);

  const get = async (uuid: string): Promise<RouteEntry | undefined> => {
    const Key = key(entryKey(uuid), ENTRY_SORT_KEY);
    const { Item } = await run(client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })));
    return entryOf(Item as never);
  };

  const lookUp = async (login: string, ConsistentRead: boolean): Promise<(RouteEntry | undefined)[]> => {
    const { Items = [] } = await run(
      client.send(
        new QueryCommand({
          TableName,
          ConsistentRead,
          Limit: BATCH_KEYS,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: loginKey(login) } },
        }),
      ),
    );
    const uuids = Items.flatMap(({ sk }) => (sk?.S === undefined ? [] : [sk.S]));
    const [first, ...others] = uuids;
    if (first === undefined) return [];
    if (others.length === 0) {
      const Key = key(entryKey(first), ENTRY_SORT_KEY);
      const { Item } = await run(client.send(new GetItemCommand({ TableName, Key, ConsistentRead })));
      return [entryOf(Item as never)];
    }
    return batchGet(uuids, ConsistentRead);
  };

  /** Several entries; what DynamoDB leaves unprocessed is asked for again, a bounded number of times. */
  const batchGet = async (uuids: string[], ConsistentRead: boolean): Promise<(RouteEntry | undefined)[]> => {
    let Keys = uuids.map((uuid) => key(entryKey(uuid), ENTRY_SORT_KEY)) as Record<string, { S: string }>[];
    const entries: (RouteEntry | undefined)[] = [];
    for (let round = 0; round < MAX_ATTEMPTS; round++) {
      const answer = await run(
        client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead } } })),
      );
      entries.push(...(answer.Responses?.[TableName] ?? []).map((item) => entryOf(item as never)));
      Keys = (answer.UnprocessedKeys?.[TableName]?.Keys ?? []) as Record<string, { S: string }>[];
      if (Keys.length === 0) return entries;
    }
    throw new StoreError("throttled", `table ${TableName} left keys of a batch unread`);
  };

  const putPointer = (login: string, { uuid, version }: RouteEntry): Promise<unknown> =>
    run(
      client.send(
        new PutItemCommand({ TableName, Item: { ...key(loginKey(login), uuid), version: { S: version } } }),
      ),
    );

  /** Removes a pointer, unless a newer write of the entry has put it there again. */
  const removePointer = async (login: string, uuid: string, version: string): Promise<void> => {
    try {
      await run(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: key(loginKey(login), uuid),
            ConditionExpression: "attribute_not_exists(pk) OR #version <= :version",
            ExpressionAttributeNames: { "#version": "version" },
            ExpressionAttributeValues: { ":version": { S: version } },
          }),
        ),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };

  /** Writes the entry's item if it still is what we read; false where another process was faster. */
  const putEntry = async (entry: RouteEntry, stored: RouteEntry | undefined): Promise<boolean> => {
    try {
      await run(
        client.send(
          new PutItemCommand({
            TableName,
            Item: { ...key(entryKey(entry.uuid), ENTRY_SORT_KEY), entry: { S: encodeEntry(entry) } },
            ...(stored === undefined
              ? { ConditionExpression: "attribute_not_exists(pk)" }
              : {
                  ConditionExpression: "#entry = :stored",
                  ExpressionAttributeNames: { "#entry": "entry" },
                  ExpressionAttributeValues: { ":stored": { S: encodeEntry(stored) } },
                }),
          }),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async create() {
      try {
        await client.send(new CreateTableCommand({ TableName, ...TABLE }));
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw storeErrorOf(error, TableName);
      }
      await run(waitUntilTableExists({ client, maxWaitTime: CREATE_SECONDS }, { TableName }));
    },

    async find(login) {
      const result = judge(login, await lookUp(login, false));
      // A cheap read may lag a write by a second: before a user is called unknown, ask for certain.
      return result.is === "unknown" ? judge(login, await lookUp(login, true)) : result;
    },

    get,

    async put(entry) {
      for (let round = 0; round < WRITE_ROUNDS; round++) {
        const stored = await get(entry.uuid);
        if (!supersedes(entry, stored)) return false;
        const old = stored?.logins ?? [];
        await Promise.all(
          entry.logins.filter((login) => !old.includes(login)).map((login) => putPointer(login, entry)),
        );
        if (!(await putEntry(entry, stored))) continue;
        const gone = old.filter((login) => !entry.logins.includes(login));
        await Promise.all(gone.map((login) => removePointer(login, entry.uuid, entry.version)));
        return true;
      }
      throw new StoreError("throttled", `entry ${entry.uuid} is being written by others all the time`);
    },

    async remove(uuid) {
      const stored = await get(uuid);
      if (stored === undefined) return;
      await run(client.send(new DeleteItemCommand({ TableName, Key: key(entryKey(uuid), ENTRY_SORT_KEY) })));
      await Promise.all(stored.logins.map((login) => removePointer(login, uuid, stored.version)));
    },

    async *uuids() {
      const prefix = entryKey("");
      let ExclusiveStartKey: Record<string, { S: string }> | undefined;
      do {
        const page = await run(
          client.send(
            new ScanCommand({
              TableName,
              ExclusiveStartKey,
              ProjectionExpression: "pk",
              FilterExpression: "begins_with(pk, :prefix)",
              ExpressionAttributeValues: { ":prefix": { S: prefix } },
            }),
          ),
        );
        for (const { pk } of page.Items ?? []) if (pk?.S !== undefined) yield pk.S.slice(prefix.length);
        ExclusiveStartKey = page.LastEvaluatedKey as Record<string, { S: string }> | undefined;
      } while (ExclusiveStartKey !== undefined);
    },

    async ready() {
      const { Table } = await run(client.send(new DescribeTableCommand({ TableName })));
      if (Table?.TableStatus !== "ACTIVE" && Table?.TableStatus !== "UPDATING") {
        throw new StoreError(
          "no-table",
          `table ${TableName} is ${Table?.TableStatus ?? "in no known state"}`,
        );
      }
    },

    close: async () => client.destroy(),
  };
}

const TABLE = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
} as const satisfies Omit<ConstructorParameters<typeof CreateTableCommand>[0], "TableName">;

function createClient({ region, endpoint }: DynamoDbConfig): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : localDouble(endpoint, region)),
  });
}

/** A double of DynamoDB wants a region and a signature, whatever they are. */
const localDouble = (endpoint: string, region: string | undefined) => ({
  endpoint,
  region: region ?? process.env.AWS_REGION ?? "local",
  ...(process.env.AWS_ACCESS_KEY_ID === undefined
    ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
    : {}),
});
