import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { concurrently } from "../concurrently.ts";
import { StoreError, type StoreUsage } from "../store.ts";
import { type Patience, retrying, waits } from "./retry.ts";

export type Item = Record<string, AttributeValue>;
export type Key = { pk: { S: string }; sk: { S: string } };

export const keyOf = (pk: string, sk: string): Key => ({ pk: { S: pk }, sk: { S: sk } });

/** Condition on the stored item for a write to happen. */
export interface Condition {
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

export const IS_ABSENT: Condition = { ConditionExpression: "attribute_not_exists(pk)" };

/** One table; counts the capacity that requests consume. Every method rejects with a StoreError. */
export interface Table {
  get(key: Key, ConsistentRead: boolean): Promise<Item | undefined>;
  /** In no particular order; absent items are left out. Keys must be distinct. */
  getMany(keys: readonly Key[], ConsistentRead: boolean): Promise<Item[]>;
  /** One page. */
  query(input: Omit<QueryCommandInput, "TableName">): Promise<Item[]>;
  /** All pages. */
  queryAll(input: Omit<QueryCommandInput, "TableName">): Promise<Item[]>;
  scan(input: Omit<ScanCommandInput, "TableName">): AsyncIterable<Item>;
  /** False if the condition does not hold, which may also be because a first attempt succeeded and was repeated. */
  put(Item: Item, condition?: Condition): Promise<boolean>;
  update(Key: Key, UpdateExpression: string, condition: Condition): Promise<boolean>;
  delete(Key: Key, condition?: Condition): Promise<boolean>;
}

/** Most keys in one batch. */
const BATCH_KEYS = 100;
const BATCHES_AT_ONCE = 4;
/** Items per page of a scan: less than the megabyte that DynamoDB would read, so that reads do not come in bursts. */
const SCAN_PAGE_ITEMS = 2000;

const ReturnConsumedCapacity = "TOTAL";
const isRefusal = (error: unknown): boolean => error instanceof ConditionalCheckFailedException;

/** `confirm` resolves if a write may be sent; it is called before every attempt of each write. */
export function openTable(
  client: DynamoDBClient,
  TableName: string,
  patience: Patience,
  usage: StoreUsage,
  confirm: () => Promise<void> = async () => {},
): Table {
  const countRead = (...consumed: (ConsumedCapacity | undefined)[]): void => {
    for (const each of consumed) usage.readUnits += each?.CapacityUnits ?? 0;
  };
  const countWrite = (...consumed: (ConsumedCapacity | undefined)[]): void => {
    for (const each of consumed) usage.writeUnits += each?.CapacityUnits ?? 0;
  };
  const run = <T>(send: () => Promise<T>): Promise<T> => retrying(send, TableName, patience, usage);

  const write = async (
    send: () => Promise<{ ConsumedCapacity?: ConsumedCapacity | undefined }>,
  ): Promise<boolean> => {
    try {
      const confirmed = () => confirm().then(send);
      countWrite((await retrying(confirmed, TableName, patience, usage, isRefusal)).ConsumedCapacity);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A rejected write costs capacity, but does not report it.
      usage.writeUnits++;
      return false;
    }
  };

  /** Sends until nothing is left; patience starts over with every progress. `send` returns what is left. */
  const untilDone = async <T>(all: readonly T[], send: (todo: T[]) => Promise<T[]>): Promise<void> => {
    let again = waits(patience);
    for (let todo = [...all]; ; ) {
      const undone = await send(todo);
      if (undone.length === 0) return;
      usage.throttled++;
      if (undone.length < todo.length) again = waits(patience);
      if (!(await again())) {
        throw new StoreError("throttled", `DynamoDB table ${TableName} left part of a batch unprocessed`);
      }
      todo = undone;
    }
  };

  return {
    async get(Key, ConsistentRead) {
      const command = { TableName, Key, ConsistentRead, ReturnConsumedCapacity } as const;
      const { Item, ConsumedCapacity } = await run(() => client.send(new GetItemCommand(command)));
      countRead(ConsumedCapacity);
      return Item;
    },

    async getMany(keys, ConsistentRead) {
      const items: Item[] = [];
      await concurrently(BATCHES_AT_ONCE, parts(keys, BATCH_KEYS), (part) =>
        untilDone(part, async (Keys) => {
          const RequestItems = { [TableName]: { Keys, ConsistentRead } };
          const answer = await run(() =>
            client.send(new BatchGetItemCommand({ RequestItems, ReturnConsumedCapacity })),
          );
          countRead(...(answer.ConsumedCapacity ?? []));
          items.push(...(answer.Responses?.[TableName] ?? []));
          return (answer.UnprocessedKeys?.[TableName]?.Keys ?? []) as Key[];
        }),
      );
      return items;
    },

    async query(input) {
      const command = { ...input, TableName, ReturnConsumedCapacity } as const;
      const { Items = [], ConsumedCapacity } = await run(() => client.send(new QueryCommand(command)));
      countRead(ConsumedCapacity);
      return Items;
    },

    async queryAll(input) {
      const items: Item[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const command = { ...input, TableName, ExclusiveStartKey, ReturnConsumedCapacity } as const;
        const page = await run(() => client.send(new QueryCommand(command)));
        countRead(page.ConsumedCapacity);
        items.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return items;
    },

    async *scan(input) {
      let ExclusiveStartKey: Item | undefined;
      do {
        const command = {
          ...input,
          TableName,
          Limit: SCAN_PAGE_ITEMS,
          ExclusiveStartKey,
          ReturnConsumedCapacity,
        } as const;
        const page = await run(() => client.send(new ScanCommand(command)));
        countRead(page.ConsumedCapacity);
        yield* page.Items ?? [];
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
    },

    put: (Item, condition) =>
      write(() => client.send(new PutItemCommand({ ...condition, TableName, Item, ReturnConsumedCapacity }))),

    update(Key, UpdateExpression, condition) {
      const command = { ...condition, TableName, Key, UpdateExpression, ReturnConsumedCapacity } as const;
      return write(() => client.send(new UpdateItemCommand(command)));
    },

    delete: (Key, condition) =>
      write(() =>
        client.send(new DeleteItemCommand({ ...condition, TableName, Key, ReturnConsumedCapacity })),
      ),
  };
}

const parts = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
