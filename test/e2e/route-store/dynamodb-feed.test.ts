import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { CLOCK_SLACK_SECONDS, FIRST_SEQUENCE } from "../../../route-api/store/feed.ts";
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
/** Key of a record, counted from 1. */
const keyOf = (number: number) => ({
  pk: { S: CHANGE_KEY },
  sk: { S: feedSortKey(FIRST_SEQUENCE + number - 1) },
});
const records = async () => {
  const query = {
    TableName,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: CHANGE_KEY } },
  };
  return (await client.send(new QueryCommand(query))).Items ?? [];
};
/** Deletes records, as DynamoDB does in whatever order; those of which the time has come where none are named. */
const expire = async (...numbers: number[]): Promise<void> => {
  const due = (await records()).filter(({ expires }) => Number(expires?.N) < Date.now() / 1000);
  const keys = numbers.length > 0 ? numbers.map(keyOf) : due.map(({ pk, sk }) => ({ pk, sk }));
  for (const Key of keys as ReturnType<typeof keyOf>[])
    await client.send(new DeleteItemCommand({ TableName, Key }));
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

test("who saw the feed empty and comes back after its retention is told of a gap", async () => {
  const cursor = await cursorAtEnd();
  await append("a");
  await append("b");
  passSeconds(CHANGES.retentionSeconds + 10);
  await expire(1);
  expect(await store.changes.after(cursor, 10)).toMatchObject({ gap: true, items: [{ uuid: "b" }] });
});

test("the newest record stays, however long the feed is quiet: who follows it hears what comes next without a gap", async () => {
  await append("a");
  await append("b");
  let { cursor } = await store.changes.after(undefined, 10);
  const started = cursor;
  for (let hours = 0; hours < 72; hours += 12) {
    passSeconds(12 * 3600);
    const quiet = await store.changes.next(cursor, 10);
    expect(quiet).toMatchObject({ gap: false, items: [] });
    cursor = quiet.cursor;
  }
  await expire();
  expect(await records()).toHaveLength(1);
  await append("c");
  await expire();
  expect(await records()).toHaveLength(1);
  for (const read of [store.changes.next, store.changes.after])
    expect(await read(cursor, 10)).toMatchObject({ gap: false, items: [{ uuid: "c" }] });
  expect(await store.changes.after(started, 10)).toMatchObject({ gap: true, items: [{ uuid: "c" }] });
});

test("a record that expired out of order is a gap, once all before it were told, and the rest follows", async () => {
  const cursor = await cursorAtEnd();
  for (const uuid of ["a", "b", "c", "d", "e"]) await append(uuid);
  await expire(3);
  const { items, cursor: next } = await store.changes.after(cursor, 10);
  expect(items).toHaveLength(2);
  for (const read of [store.changes.next, store.changes.after])
    expect(await read(next, 10)).toMatchObject({ gap: true, items: [{ uuid: "d" }, { uuid: "e" }] });
});

describe("records of earlier versions", () => {
  const appendAsEarlier = async (sequence: number, uuid: string): Promise<void> => {
    const seconds = Math.floor(Date.now() / 1000);
    const items = JSON.stringify([{ kind: "route", uuid, account: "a", names: [] }]);
    const Item = {
      pk: { S: CHANGE_KEY },
      sk: { S: feedSortKey(sequence) },
      id: { S: `id${sequence}` },
      items: { S: items },
      writtenAt: { N: `${seconds}` },
      expires: { N: `${seconds + CHANGES.retentionSeconds + CLOCK_SLACK_SECONDS}` },
    };
    await client.send(new PutItemCommand({ TableName, Item }));
  };

  test("are read in one series with those of this version", async () => {
    await appendAsEarlier(1, "a");
    await appendAsEarlier(2, "b");
    await append("c");
    await appendAsEarlier(4, "d");
    await append("e");
    expect(await behind("1.id1")).toEqual(["b", "c", "d", "e"]);
    const page = await store.changes.next((await store.changes.after("1.id1", 1)).cursor, 10);
    expect(page).toMatchObject({ gap: false, items: [{ uuid: "c" }, { uuid: "d" }, { uuid: "e" }] });
  });

  test("may all have expired: what comes next has a number that none of them had", async () => {
    for (const sequence of [1, 2, 3]) await appendAsEarlier(sequence, `earlier${sequence}`);
    const { cursor } = await store.changes.after("1.id1", 10);
    passSeconds(CHANGES.retentionSeconds + CLOCK_SLACK_SECONDS + 10);
    await expire();
    await append("a");
    for (const read of [store.changes.next, store.changes.after])
      expect(await read(cursor, 10)).toMatchObject({ gap: true, items: [{ uuid: "a" }] });
  });
});

test("a change of a kind that is not known is not for this version; what cannot be read may mean anything", async () => {
  const cursor = await cursorAtEnd();
  const texts = ['[{"kind":"later"}]', '[{"kind":"route"}]', "[{}]", "rubbish"];
  for (const [index, text] of texts.entries()) {
    await append("a");
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: keyOf(index + 1),
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

test("records say when they may go: after the retention, and an hour for clocks that differ", async () => {
  await append("a");
  await append("b");
  const [first, newest] = await records();
  const expires = Number(first?.expires?.N);
  const now = Date.now() / 1000;
  expect(expires).toBeGreaterThan(now + CHANGES.retentionSeconds + 3590);
  expect(expires).toBeLessThan(now + CHANGES.retentionSeconds + 3610);
  expect(newest).not.toHaveProperty("expires");
});
