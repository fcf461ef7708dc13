import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noteHeartbeat } from "../../../route-api/http/resources/edges/known-edges.ts";
import { createLoginArchive } from "../../../route-api/http/resources/history/login-archive.ts";
import { createQuestionBoard } from "../../../route-api/http/resources/questions/question-board.ts";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import type { FullEntry, RouteStore } from "../../../route-api/store/store.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { heartbeat } from "../../support/heartbeat.ts";
import { failedLogin, keptLogin } from "../../support/kept-login.ts";
import { put, remove } from "../../support/writes.ts";
import { quiet } from "../../unit/route-api/http/support.ts";
import { entry, unique, version } from "../../unit/route-api/store/contract/under-test.ts";

/** An entry of ordinary size: five login names, and nothing else that it is searched by but its DN. */
const account = (): FullEntry => {
  const id = unique("user");
  return entry({
    account: `${id}@example.com`,
    dn: `uid=${id},ou=people,dc=example,dc=com`,
    logins: [id, `${id}@example.com`, `${id}@mail.example.com`, `a.${id}@example.com`, `b.${id}@example.com`],
    mailHost: ["store12.example.com"],
  });
};

const HEARTBEAT = heartbeat({
  instances: [{ instance: "main", protocol: "imap", sessions: 2 }],
  stores: [{ store: "store1", sessions: 2, logins: 1, failures: 1, failing: [] }],
});

for (const { name, start, missing } of doubles) {
  describe.skipIf(missing !== undefined)(`read and write units on ${name}`, () => {
    let double: DynamoDouble;
    let store: RouteStore;
    beforeAll(async () => {
      double = await start();
      store = openDynamoDb({ table: "mmp", region: "local", endpoint: double.endpoint });
      await store.create();
    }, 120_000);
    afterAll(async () => {
      await store?.close();
      await double?.close();
    });

    const units = async (work: () => Promise<unknown>): Promise<[read: number, write: number]> => {
      const { readUnits, writeUnits } = store.usage;
      await work();
      return [store.usage.readUnits - readUnits, store.usage.writeUnits - writeUnits];
    };
    const stored = async (): Promise<FullEntry> => {
      const one = account();
      await put(store, [one]);
      return one;
    };

    test("a look-up reads one unit, for certain two", async () => {
      const { account: login } = await stored();
      expect(await units(async () => store.find(login, "eventual"))).toEqual([1, 0]);
      expect(await units(async () => store.find(login, "consistent"))).toEqual([2, 0]);
      // DynamoDB takes 1.5 for a miss: a query that finds nothing is worth one item. The doubles take nothing.
      expect((await units(async () => store.find(unique("nobody"), "eventual")))[0]).toBeLessThanOrEqual(1.5);
    });

    test("a new entry writes one unit for itself, for each name and for its DN", async () => {
      const [read, write] = await units(stored);
      expect(write).toBe(1 + 5 + 1);
      expect(read).toBeLessThanOrEqual(1);
    });

    test("a change reads the entry and writes what changed", async () => {
      const one = await stored();
      const moved = { ...one, mailHost: ["store13.example.com"], version: version(2) };
      expect(await units(() => put(store, [moved]))).toEqual([1, 1]);
      const named = { ...moved, logins: [...one.logins, unique("alias")], version: version(3) };
      expect(await units(() => put(store, [named]))).toEqual([1, 2]);
      expect(await units(() => put(store, [named]))).toEqual([1, 0]);
      // The entry, the pointer that goes, and that it is gone.
      expect(await units(() => put(store, [{ ...moved, version: version(4) }]))).toEqual([1, 3]);
    });

    test("a check of an entry's names reads half a unit for each, and for its DN", async () => {
      const one = await stored();
      expect(await units(() => store.lostPointers([one]))).toEqual([(5 + 1) / 2, 0]);
    });

    test("a removal of what is not there reads and writes a unit at most", async () => {
      const [read, write] = await units(() => remove(store, [unique("nobody")]));
      expect([read <= 1, write]).toEqual([true, 1]);
    });

    test("a removal writes each item once, and first what it is about to do", async () => {
      const { uuid } = await stored();
      expect(await units(() => remove(store, [uuid]))).toEqual([1, 1 + 6 + 1]);
    });

    test("an item of a list writes one unit a KB; reading reads one unit for 4 KB", async () => {
      const list = unique("list");
      const heartbeat = { text: "x".repeat(700) };
      expect(await units(() => store.lists.put(list, "a", heartbeat, 60))).toEqual([0, 1]);
      for (const key of ["b", "c", "d"]) await store.lists.put(list, key, heartbeat, 60);
      expect(await units(() => store.lists.read(list))).toEqual([1, 0]);
      expect(await units(() => store.lists.read(list, "a", "eventual"))).toEqual([0.5, 0]);
      expect(await units(() => store.lists.readLast(list, 2))).toEqual([1, 0]);
    });

    test("a kept login writes one unit, and reads what is kept of the hour or day", async () => {
      const archive = createLoginArchive(store.lists, { days: 30, recordsPerHour: 10 });
      const account = unique("alice");
      // DynamoDB takes the smallest read for a query that finds nothing, its doubles nothing.
      expect((await units(() => archive.keep([failedLogin({ account })])))[1]).toBe(1);
      expect(await units(() => archive.keep([failedLogin({ account })]))).toEqual([1, 1]);
      await archive.keep([keptLogin({ account })]);
      const elsewhere = createLoginArchive(store.lists, { days: 30, recordsPerHour: 10 });
      expect(await units(() => elsewhere.keep([keptLogin({ account })]))).toEqual([0.5, 0]);
      expect(await units(() => elsewhere.keep([keptLogin({ account })]))).toEqual([0, 0]);
    });

    test("a question to ten edges, two of which have something to say, costs a few units", async () => {
      const board = createQuestionBoard({ store, ttlMs: 5000, log: quiet });
      const edges = Array.from({ length: 10 }, (_, index) => `edge:${index}`);
      const beat = { ...HEARTBEAT, version: "x".repeat(200) };
      expect((await units(() => noteHeartbeat(store.lists, "edge:0", beat)))[1]).toBe(1);
      for (const edge of edges) await noteHeartbeat(store.lists, edge, beat);
      const stop = new AbortController();
      const follow = async (edge: string, says: boolean): Promise<void> => {
        for (let { cursor } = await board.tail.end(); !stop.signal.aborted; ) {
          board.polled(edge, cursor);
          const page = await board.tail.after(cursor, 60_000, stop.signal);
          if (says) for (const { id } of page.items) await board.answer(id, edge, { ask: "kick", kicked: 1 });
          cursor = page.cursor;
        }
      };
      const following = edges.map((edge, index) => follow(edge, index < 2));
      await board.ask({ ask: "kick", selection: { account: "nobody" }, id: unique("warm") });
      const [read, write] = await units(async () => {
        const { answers, edges: asked } = await board.ask({
          ask: "kick",
          selection: { account: "alice@example.com" },
          id: unique("kick"),
        });
        expect([answers.size, asked.silent]).toEqual([2, []]);
      });
      stop.abort();
      board.close();
      await Promise.all(following);
      // The question in two, and an answer each of two; acknowledgements are written a moment later, or of the one before.
      expect(write).toBeGreaterThanOrEqual(4);
      expect(write).toBeLessThanOrEqual(6);
      // The end of the feed, the question in it, ten edges in about 6 KB, the answers; looks at the feed meanwhile.
      expect(read).toBeLessThanOrEqual(12);
    });

    test("a change in the feed reads its end, writes one unit, and one to let the record before expire", async () => {
      await store.changes.append([{ kind: "all" }]);
      const change = { kind: "route" as const, uuid: "u", account: "a", names: ["a", "b"] };
      expect(await units(() => store.changes.append([change]))).toEqual([1, 2]);
    });

    test("a look at the end of a feed reads one unit at most, however large its last record is", async () => {
      const names = Array.from({ length: 300 }, (_, index) => `${index}`.padEnd(250, "x"));
      await store.changes.append([{ kind: "route", uuid: "large", account: "a", names }]);
      const { cursor } = await store.changes.after(undefined, 10);
      const change = { kind: "route" as const, uuid: "u", account: "a", names: ["a", "b"] };
      const look = async () => (await units(() => store.changes.next(cursor, 10)))[0];
      expect(await look()).toBeLessThanOrEqual(1);
      await store.changes.append([change]);
      expect(await look()).toBe(1);
      // Whoever comes with a cursor from elsewhere reads the record that it names.
      expect((await units(() => store.changes.after(cursor, 10)))[0]).toBeGreaterThan(15);
    });
  });
}
