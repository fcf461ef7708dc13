import { DeleteItemCommand, DynamoDBClient, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { CHANGE_KEY, feedSortKey } from "../../../route-api/store/keys.ts";
import { CHANGES } from "../../../route-api/store/lanes.ts";
import type { RouteStore } from "../../../route-api/store/store.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";

let double: DynamoDouble;
let client: DynamoDBClient;
let store: RouteStore;
let TableName = "";
let tables = 0;

beforeAll(async () => {
  double = (await doubles.find(({ name }) => name === "dynalite")?.start()) as DynamoDouble;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient({ region: "local", endpoint: double.endpoint, credentials });
});
beforeEach(async () => {
  TableName = `feed${++tables}`;
  store = openDynamoDb({ table: TableName, region: "local", endpoint: double.endpoint });
  await store.create();
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
});
afterAll(async () => {
  client.destroy();
  await double.close();
});

const append = (...uuids: string[]): Promise<void> =>
  store.changes.append(uuids.map((uuid) => ({ kind: "route", uuid, account: "a", names: [] })));
const cursorAtEnd = async (): Promise<string> => (await store.changes.after(undefined, 10)).cursor;
const behind = async (cursor: string) => {
  const { gap, items } = await store.changes.after(cursor, 10);
  return gap ? "gap" : items.map((change) => (change.kind === "route" ? change.uuid : change.kind));
};
/** What DynamoDB does with items whose time has come, in whatever order. */
const expire = async (...sequences: number[]): Promise<void> => {
  for (const sequence of sequences) {
    const Key = { pk: { S: CHANGE_KEY }, sk: { S: feedSortKey(sequence) } };
    await client.send(new DeleteItemCommand({ TableName, Key }));
  }
};
const passSeconds = (seconds: number): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
};

test("who was there while the feed was empty hears of the first change", async () => {
  const cursor = await cursorAtEnd();
  expect(await behind(cursor)).toEqual([]);
  await append("a");
  expect(await behind(cursor)).toEqual(["a"]);
});

test("each answer of an empty feed says anew that it is empty: who follows it for days has no gap", async () => {
  let cursor = await cursorAtEnd();
  for (let day = 0; day < 3; day++) {
    passSeconds(CHANGES.retentionSeconds - 60);
    const answer = await store.changes.after(cursor, 10);
    expect(answer.gap).toBe(false);
    cursor = answer.cursor;
  }
  await append("a");
  expect(await behind(cursor)).toEqual(["a"]);
});

test("who saw the feed empty and comes back after its items came and expired is told of a gap", async () => {
  const cursor = await cursorAtEnd();
  await append("a");
  passSeconds(CHANGES.retentionSeconds + 10);
  await expire(1);
  expect(await behind(cursor)).toBe("gap");
  await append("b");
  expect(await behind(cursor)).toBe("gap");
});

test("numbers that are used again after all items expired are not taken for the old ones", async () => {
  await append("a");
  const first = await cursorAtEnd();
  await append("b");
  const second = await cursorAtEnd();
  await expire(1, 2);
  const empty = await cursorAtEnd();
  expect(await behind(first)).toBe("gap");
  await append("c");
  await append("d");
  expect(await behind(first)).toBe("gap");
  expect(await behind(second)).toBe("gap");
  expect(await behind(empty)).toEqual(["c", "d"]);
});

test("an item that expired out of order is a gap, once all before it were told", async () => {
  const cursor = await cursorAtEnd();
  for (const uuid of ["a", "b", "c", "d"]) await append(uuid);
  await expire(3);
  const { items, cursor: next } = await store.changes.after(cursor, 10);
  expect(items).toHaveLength(2);
  expect(await behind(next)).toBe("gap");
});

test("an item whose time has come but that is still there is no place to go on from", async () => {
  await append("a");
  const cursor = await cursorAtEnd();
  await append("b");
  // The newest may go first; its number is then used again.
  await expire(2);
  passSeconds(CHANGES.retentionSeconds + 10);
  await append("c");
  expect(await behind(cursor)).toBe("gap");
});

test("a change of a kind that is not known is not for this version; what cannot be read may mean anything", async () => {
  const cursor = await cursorAtEnd();
  const texts = ['[{"kind":"later"}]', '[{"kind":"route"}]', "[{}]", "rubbish"];
  for (const [index, text] of texts.entries()) {
    await append("a");
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: CHANGE_KEY }, sk: { S: feedSortKey(index + 1) } },
        UpdateExpression: "SET #items = :items",
        ExpressionAttributeNames: { "#items": "items" },
        ExpressionAttributeValues: { ":items": { S: text } },
      }),
    );
  }
  await append("b");
  expect(await behind(cursor)).toEqual(["all", "all", "all", "b"]);
  // A page of nothing that is known is not the end.
  expect((await store.changes.after(cursor, 1)).items).toEqual([{ kind: "all" }]);
});

test("items say when they may go: after the retention, and an hour for clocks that differ", async () => {
  await append("a");
  const answer = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: CHANGE_KEY } },
    }),
  );
  const expires = Number(answer.Items?.[0]?.expires?.N);
  const now = Date.now() / 1000;
  expect(expires).toBeGreaterThan(now + CHANGES.retentionSeconds + 3590);
  expect(expires).toBeLessThan(now + CHANGES.retentionSeconds + 3610);
});
