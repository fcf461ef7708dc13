import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../../../../../route-api/contract/changes.ts";
import type { FeedTail } from "../../../../../../route-api/http/resources/changes/feed-tail.ts";
import { StoreError } from "../../../../../../route-api/store/store.ts";
import { type TestApi, testApi } from "../../support.ts";
import { change, countReads, interceptReads, namesOf } from "./support.ts";

const never = new AbortController().signal;

describe("the tail", () => {
  let api: TestApi;
  let tail: FeedTail<Change>;
  beforeEach(async () => {
    api = await testApi();
    tail = api.tail;
  });
  afterEach(() => api.close());

  test("200 who wait are all answered within about one read of a change", async () => {
    const { cursor } = await tail.end();
    const reads = countReads(api.store);
    const waits = Array.from({ length: 200 }, () => tail.after(cursor, 20_000, never));
    await expect.poll(() => tail.waiting).toBe(200);
    const before = reads.count;
    await api.store.changes.append([change("a")]);
    const answers = await Promise.all(waits);
    for (const answer of answers) expect(namesOf(answer)).toEqual(["a"]);
    // One reads for all.
    expect(reads.count - before).toBeLessThan(10);
    expect(tail.waiting).toBe(0);
  });

  test("a cursor resumes, whoever gave it", async () => {
    const { cursor } = await tail.end();
    await api.store.changes.append([change("a")]);
    const other = await api.store.changes.after(cursor, 100);
    await api.store.changes.append([change("b")]);
    await api.store.changes.append([change("c")]);
    expect(namesOf(await tail.after(other.cursor, 0, never))).toEqual(["b", "c"]);
    expect(namesOf(await tail.after(cursor, 0, never))).toEqual(["a", "b", "c"]);
    const all = await tail.after(cursor, 0, never);
    expect(await tail.after(all.cursor, 0, never)).toEqual({ cursor: all.cursor, gap: false, items: [] });
  });

  test("nothing is missed between two waits, while changes come all the time", async () => {
    let { cursor } = await tail.end();
    const wanted = Array.from({ length: 300 }, (_, n) => `n${n}`);
    const appending = (async () => {
      for (const name of wanted) {
        await api.store.changes.append([change(name)]);
        if (Number(name.slice(1)) % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
      }
    })();
    const seen: string[] = [];
    while (seen.length < wanted.length) {
      const answer = await tail.after(cursor, 5000, never);
      expect(answer.gap).toBe(false);
      expect(answer.items.length).toBeGreaterThan(0);
      seen.push(...namesOf(answer));
      cursor = answer.cursor;
    }
    await appending;
    expect(seen).toEqual(wanted);
  });

  test("a cursor that the feed does not know is a gap, and its answer goes on", async () => {
    const answer = await tail.after("17.of-another-table", 5000, never);
    expect(answer).toMatchObject({ gap: true, items: [] });
    await api.store.changes.append([change("a")]);
    expect(namesOf(await tail.after(answer.cursor, 5000, never))).toEqual(["a"]);
  });

  test("a wait without a change ends with the cursor as it was", async () => {
    const { cursor } = await tail.end();
    expect(await tail.after(cursor, 30, never)).toEqual({ cursor, gap: false, items: [] });
  });

  test("who is gone is not waited for", async () => {
    const { cursor } = await tail.end();
    const gone = new AbortController();
    const waits = [tail.after(cursor, 20_000, gone.signal), tail.after(cursor, 20_000, gone.signal)];
    await expect.poll(() => tail.waiting).toBe(2);
    gone.abort();
    await Promise.all(waits);
    expect(tail.waiting).toBe(0);
  });

  test("at its end all are answered", async () => {
    const { cursor } = await tail.end();
    const wait = tail.after(cursor, 20_000, never);
    await expect.poll(() => tail.waiting).toBe(1);
    tail.close();
    expect(await wait).toEqual({ cursor, gap: false, items: [] });
  });

  test("who waits while the feed cannot be read hears so; a read that fails once is no reason", async () => {
    const { cursor } = await tail.end();
    let failing = 1;
    interceptReads(api.store, async (read) => {
      if (failing-- > 0) throw new StoreError("throttled", "too fast");
      return read();
    });
    const patient = tail.after(cursor, 20_000, never);
    await expect.poll(() => failing).toBeLessThan(0);
    await api.store.changes.append([change("a")]);
    const { cursor: next, ...answer } = await patient;
    expect(namesOf({ cursor: next, ...answer })).toEqual(["a"]);

    failing = Number.POSITIVE_INFINITY;
    await expect(tail.after(next, 20_000, never)).rejects.toMatchObject({ code: "throttled" });
    expect(tail.waiting).toBe(0);
    failing = 0;
    await api.store.changes.append([change("b")]);
    // Once the tail has read again.
    await expect.poll(() => tail.after(next, 0, never).then(namesOf, () => [])).toEqual(["b"]);
    await expect.poll(() => tail.after(next, 50, never).then(namesOf, () => [])).toEqual(["b"]);
  });

  test("a read that never ends is a failure like another", async () => {
    const { cursor } = await tail.end();
    interceptReads(api.store, () => new Promise(() => {}));
    await expect(tail.after(cursor, 20_000, never)).rejects.toMatchObject({ code: "unreachable" });
  });
});
