import { type AttributeValue, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Change } from "../../../route-api/contract/changes.ts";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import { encodeEntry } from "../../../route-api/store/record.ts";
import { type RouteStore, StoreError } from "../../../route-api/store/store.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { type Fate, type Front, isWrite, openFront, type SeenRequest } from "../../support/dynamodb/front.ts";
import { found, stored } from "../../support/stored.ts";
import { fence, put, remove } from "../../support/writes.ts";
import { entry, unique, version } from "../../unit/route-api/store/contract/under-test.ts";

const PATIENCE = { attempts: 4, totalMs: 1000 };

let double: DynamoDouble;
let front: Front;
let store: RouteStore;

beforeAll(async () => {
  double = (await doubles.find(({ name }) => name === "dynalite")?.start()) as DynamoDouble;
  front = await openFront(double.endpoint);
  await open().create();
});
beforeEach(() => {
  store = open();
  front.seen.length = 0;
});
afterEach(async () => {
  front.decide = () => "pass";
  await store.close();
});
afterAll(async () => {
  await front.close();
  await double.close();
});

const open = (patience?: typeof PATIENCE): RouteStore =>
  openDynamoDb({ table: "mmp", region: "local", endpoint: front.endpoint }, patience);

const batch = (count: number) => Array.from({ length: count }, () => entry());

describe("throttling", () => {
  test("a request is sent again, and counted", async () => {
    const one = entry();
    await put(store, [one]);
    const { throttled } = store.usage;
    front.seen.length = 0;
    front.decide = (_, index) => (index < 3 ? "throttle" : "pass");
    expect(await store.find(one.account, "eventual")).toEqual(found(one));
    expect(store.usage.throttled - throttled).toBe(3);
  });

  test("one that never ends is a StoreError after so many attempts", async () => {
    front.decide = () => "throttle";
    await expect(store.find("alice", "eventual")).rejects.toMatchObject({ code: "throttled" });
    expect(front.seen).toHaveLength(6);
    expect(store.usage.throttled).toBe(6);
  });

  test("every second write is throttled, and all are done", async () => {
    const entries = batch(40);
    front.decide = (_, index) => (index % 2 === 0 ? "throttle" : "pass");
    expect((await put(store, entries)).every(({ did }) => did === "wrote")).toBe(true);
    front.decide = () => "pass";
    for (const one of entries) {
      expect(await store.find(one.account, "eventual")).toEqual(found(one));
    }
    expect(
      (
        await remove(
          store,
          entries.map(({ uuid }) => uuid),
        )
      ).length,
    ).toBe(40);
  });

  test("a put that fails begins no further entry, and goes on when it is called again", async () => {
    const impatient = open(PATIENCE);
    const entries = batch(200);
    let writes = 0;
    front.decide = (request) => (isWrite(request) && ++writes > 50 ? "throttle" : "pass");
    await expect(put(impatient, entries)).rejects.toMatchObject({ code: "throttled" });
    // Sixteen entries at a time, four pointers each.
    expect(writes).toBeLessThan(50 + 16 * 4 * PATIENCE.attempts);
    front.decide = () => "pass";
    await put(impatient, entries);
    expect((await put(impatient, entries)).every(({ did }) => did === "nothing")).toBe(true);
    await impatient.close();
  });
});

describe("batches that are done in part", () => {
  test("reads go on with the rest", async () => {
    const entries = batch(130).map((one) => ({ ...one, attributes: { cn: ["many"] } }));
    front.decide = ({ operation }) => (operation.startsWith("Batch") ? "half" : "pass");
    await put(store, entries);
    expect((await put(store, entries)).every(({ did }) => did === "nothing")).toBe(true);
    expect(await store.match("cn", "many", "eventual")).toHaveLength(100);
    expect(store.usage.throttled).toBeGreaterThan(0);
  });

  test("those of which nothing is ever done are a StoreError", async () => {
    const impatient = open(PATIENCE);
    front.decide = ({ operation }) => (operation === "BatchGetItem" ? "none" : "pass");
    await expect(put(impatient, [entry()])).rejects.toMatchObject({ code: "throttled" });
    expect(front.seen).toHaveLength(PATIENCE.attempts);
    await impatient.close();
  });
});

describe("answers that are lost", () => {
  /** Each write is done, but its first answer is lost: the SDK's client sees a closed connection. */
  const loseAnswers = (): void => {
    const known = new Set<string>();
    front.decide = (request) => {
      const text = JSON.stringify(request);
      if (!isWrite(request) || known.has(text)) return "pass";
      known.add(text);
      return "lose-answer";
    };
  };

  test("a swap that was done is told as won", async () => {
    loseAnswers();
    const name = unique("doc");
    let revision: string | undefined;
    for (let round = 0; round < 3; round++) {
      revision = await store.swapDocument(name, round, revision);
      expect(await store.readDocument(name)).toEqual({ value: round, revision });
    }
    expect(await store.swapDocument(name, 9, undefined)).toBeUndefined();
  });

  test("a change is in the feed once", async () => {
    loseAnswers();
    const { cursor } = await store.changes.after(undefined, 10);
    const told = [1, 2, 3].map((n): Change => ({ kind: "route", uuid: `${n}`, account: "a", names: [] }));
    for (const change of told) await store.changes.append([change]);
    expect((await store.changes.after(cursor, 10)).items).toEqual(told);
  });

  test("entries are told as written and as removed", async () => {
    loseAnswers();
    const one = entry({ attributes: { cn: ["a"] } });
    const next = {
      ...one,
      logins: [one.account, unique("n")],
      attributes: { cn: ["b"] },
      version: version(2),
    };
    expect(await put(store, [one])).toMatchObject([{ did: "wrote" }]);
    const names = [...one.logins, next.logins[1]].sort();
    const [result] = await put(store, [next]);
    expect(result).toMatchObject({ did: "wrote", entry: stored(next) });
    expect(result?.did === "wrote" && [...result.names].sort()).toEqual(names);
    expect(await put(store, [next])).toEqual([{ did: "nothing" }]);
    expect(await remove(store, [one.uuid])).toEqual([stored(next)]);
    expect(await store.find(one.account, "eventual")).toEqual({ is: "unknown" });
  });
});

describe("the lease", () => {
  test("is confirmed before each attempt of a write: what is throttled until it is lost is never written", async () => {
    const one = entry();
    await put(store, [one]);
    let confirmed = 0;
    const lease = {
      ...fence(),
      async confirm() {
        if (++confirmed > 3) throw new StoreError("fenced", "lost");
      },
    };
    front.seen.length = 0;
    front.decide = (request) => (isWrite(request) ? "throttle" : "pass");
    const late = put(store, [{ ...one, mailHost: ["late"], version: version(2) }], lease);
    await expect(late).rejects.toMatchObject({ code: "fenced" });
    expect({ confirmed, sent: front.seen.filter(isWrite).length }).toEqual({ confirmed: 4, sent: 3 });
    front.decide = () => "pass";
    expect(await store.find(one.account, "consistent")).toEqual(found(one));
  });

  test("lost while a removal is under way: the next holder's names for the entry stay", async () => {
    const one = entry();
    const old = fence();
    await put(store, [one], old);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    const slow = await openFront(double.endpoint);
    slow.decide = async ({ operation }): Promise<Fate> => {
      if (operation !== "DeleteItem") return "pass";
      isHeld();
      await released;
      return "pass";
    };
    const stuck = openDynamoDb({ table: "mmp", region: "local", endpoint: slow.endpoint });
    const removal = remove(stuck, [one.uuid], old);
    await held;
    // The next holder's clock is behind.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 300 });
    expect(await put(store, [{ ...one, version: version(2) }])).toMatchObject([{ did: "wrote" }]);
    vi.useRealTimers();
    release();
    await removal.catch(() => undefined);
    for (const login of one.logins) {
      expect(await store.find(login, "consistent")).toEqual(found({ ...one, version: version(2) }));
    }
    await stuck.close();
    await slow.close();
  });
});

describe("other failures", () => {
  test("DynamoDB's own failures are tried again", async () => {
    front.decide = (_, index) => (index < 2 ? "fail" : "pass");
    expect(await store.find("nobody", "consistent")).toEqual({ is: "unknown" });
    expect(front.seen).toHaveLength(3);
  });

  test("failing all the time is unreachable", async () => {
    front.decide = () => "fail";
    await expect(store.ready()).rejects.toMatchObject({ code: "unreachable" });
    expect(front.seen).toHaveLength(6);
  });

  test("what DynamoDB will never take is not sent again", async () => {
    const swap = store.swapDocument(unique("doc"), "x".repeat(500_000), undefined);
    await expect(swap).rejects.toMatchObject({ code: "broken" });
    expect(front.seen).toHaveLength(1);
  });

  test("a DynamoDB that is silent ends in time", async () => {
    front.decide = () => "hang";
    await expect(store.find("alice", "eventual")).rejects.toMatchObject({ code: "unreachable" });
  });
});

test("a write goes in the order new pointers, entry, old pointers, and touches no other", async () => {
  const one = entry({ attributes: { cn: ["kept", "old"] }, fingerprints: ["aa"], certificates: ["AAAA"] });
  await put(store, [one]);
  front.seen.length = 0;
  const certificates = ["BBBB"];
  const next = { ...one, attributes: { cn: ["kept", "new"] }, fingerprints: ["bb"], certificates };
  await put(store, [{ ...next, version: version(2) }]);
  expect(front.seen.filter(isWrite).map(place)).toEqual([
    `PutItem NAME#cn=new ${one.uuid}`,
    `PutItem NAME#certificate=bb ${one.uuid}`,
    `PutItem ENTRY#${one.uuid} entry`,
    `DeleteItem NAME#cn=old ${one.uuid}`,
    `DeleteItem NAME#certificate=aa ${one.uuid}`,
    `UpdateItem ENTRY#${one.uuid} entry`,
  ]);
  front.seen.length = 0;
  await put(store, [{ ...next, mailHost: ["store2"], version: version(3) }]);
  expect(front.seen.filter(isWrite).map(place)).toEqual([`PutItem ENTRY#${one.uuid} entry`]);
});

test("a name that moves to another entry between the two reads of a consistent look-up is found there", async () => {
  const [one, two] = [entry(), entry()];
  const name = unique("moving");
  await put(store, [{ ...one, logins: [name] }, two]);
  let moved = false;
  front.decide = async ({ operation }): Promise<Fate> => {
    // The pointers are read: now the entries would be.
    if (operation !== "GetItem" || moved) return "pass";
    moved = true;
    const behind = openDynamoDb({ table: "mmp", region: "local", endpoint: double.endpoint });
    const lease = fence();
    await put(behind, [{ ...one, version: version(2) }], lease);
    await put(behind, [{ ...two, logins: [name], version: version(2) }], lease);
    await behind.close();
    return "pass";
  };
  expect(await store.find(name, "consistent")).toMatchObject({ is: "found", entry: { uuid: two.uuid } });
  expect(moved).toBe(true);
});

test("a table of an earlier version goes on: its numbers were times, and a removal left no version", async () => {
  const one = entry();
  const client = new DynamoDBClient({
    region: "local",
    endpoint: double.endpoint,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const raw = (pk: string, sk: string, more: Record<string, AttributeValue>) =>
    client.send(
      new PutItemCommand({
        TableName: "mmp",
        Item: { pk: { S: pk }, sk: { S: sk }, write: { N: `${Date.now()}` }, ...more },
      }),
    );
  await raw(`ENTRY#${one.uuid}`, "entry", { entry: { S: encodeEntry(one) } });
  for (const login of one.logins) await raw(`NAME#login=${login}`, one.uuid, {});
  expect(await store.find(one.account, "consistent")).toEqual(found(one));
  const next = { ...one, logins: [unique("next")], version: version(2) };
  expect(await put(store, [next])).toMatchObject([{ did: "wrote" }]);
  expect(await store.find(one.account, "consistent")).toEqual({ is: "unknown" });

  const gone = entry();
  await raw(`ENTRY#${gone.uuid}`, "entry", {
    removed: { S: encodeEntry(gone) },
    leaving: { S: JSON.stringify({ login: gone.logins }) },
  });
  expect(await remove(store, [gone.uuid])).toEqual([stored(gone)]);
  expect(await remove(store, [gone.uuid])).toEqual([]);
  client.destroy();
});

test("a scan goes in pages of so many items, and finds all", async () => {
  const entries = batch(500);
  await put(store, entries);
  front.seen.length = 0;
  const found = new Set<string>();
  for await (const { uuid } of store.entries()) found.add(uuid);
  expect(entries.filter(({ uuid }) => !found.has(uuid))).toEqual([]);
  expect(front.seen.length).toBeGreaterThan(1);
  for (const { operation, body } of front.seen) {
    expect({ operation, limit: body.Limit }).toEqual({ operation: "Scan", limit: 2000 });
  }
});

/** Operation and key of a write. */
function place({ operation, body }: SeenRequest): string {
  const { pk, sk } = (body.Item ?? body.Key) as { pk: { S: string }; sk: { S: string } };
  return `${operation} ${pk.S} ${sk.S}`;
}
