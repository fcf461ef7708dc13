import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Change, Changes } from "../../../../../route-api/contract/changes.ts";
import {
  createFeedTail,
  type FeedTail,
  POLL_MS,
} from "../../../../../route-api/http/resources/changes/feed-tail.ts";
import { createRecentNames } from "../../../../../route-api/http/resources/changes/recent-names.ts";
import { createChangeRing } from "../../../../../route-api/http/resources/changes/ring.ts";
import { StoreError } from "../../../../../route-api/store/store.ts";
import { LIMITS, problemOf, type TestApi, testApi } from "../support.ts";

const change = (name: string): Change => ({ kind: "route", uuid: `u-${name}`, account: name, names: [name] });
const namesOf = ({ changes }: Changes): string[] =>
  changes.map((each) => (each.kind === "route" ? each.account : "*"));
const never = new AbortController().signal;

describe("the ring", () => {
  const read = (cursor: string, ...names: string[]): Changes => ({
    cursor,
    gap: false,
    changes: names.map(change),
  });

  test("gives what came behind a cursor, as much as is asked for", () => {
    const ring = createChangeRing(100);
    expect(ring.end).toBeUndefined();
    expect(ring.since("c0", 10)).toBeUndefined();
    ring.restart("c0");
    ring.add(read("c1", "a", "b"));
    ring.add(read("c2", "c"));
    expect(ring.since("c0", 10)).toEqual(read("c2", "a", "b", "c"));
    expect(ring.since("c0", 2)).toEqual(read("c1", "a", "b"));
    expect(ring.since("c1", 10)).toEqual(read("c2", "c"));
    expect(ring.since("c2", 10)).toEqual(read("c2"));
    expect(ring.since("between", 10)).toBeUndefined();
  });

  test("forgets the oldest past its capacity, and all at a restart", () => {
    const ring = createChangeRing(3);
    ring.restart("c0");
    for (const n of [1, 2, 3, 4, 5]) ring.add(read(`c${n}`, `a${n}`));
    expect(ring.since("c1", 10)).toBeUndefined();
    expect(ring.since("c2", 10)).toEqual(read("c5", "a3", "a4", "a5"));
    ring.restart("d0");
    expect(ring.since("c5", 10)).toBeUndefined();
    expect(ring.since("d0", 10)).toEqual(read("d0"));
  });

  test("forgets the oldest reads, too, of a feed whose cursor moves on while nothing comes", () => {
    const ring = createChangeRing(3);
    ring.restart("c0");
    for (const n of [1, 2, 3, 4, 5]) ring.add(read(`c${n}`));
    expect(ring.since("c1", 10)).toBeUndefined();
    expect(ring.since("c2", 10)).toEqual(read("c5"));
  });
});

test("names are recent for a while, then no more", () => {
  let now = 0;
  const recent = createRecentNames(100, () => now);
  recent.add([change("a")]);
  now = 90;
  recent.add([change("b")]);
  expect([recent.has("a"), recent.has("b"), recent.has("c")]).toEqual([true, true, false]);
  now = 185;
  expect([recent.has("b"), recent.has("c")]).toEqual([true, false]);
  now = 300;
  expect([recent.has("a"), recent.has("b")]).toEqual([false, false]);
  recent.add([{ kind: "all" }]);
  expect(recent.has("c")).toBe(true);
  now = 401;
  expect(recent.has("c")).toBe(false);
});

describe("the tail", () => {
  let api: TestApi;
  let tail: FeedTail;
  beforeEach(async () => {
    api = await testApi();
    tail = api.tail;
  });
  afterEach(() => api.close());

  test("200 who wait are all answered within about one read of a change", async () => {
    const { cursor } = await tail.end();
    const reads = count(api);
    const waits = Array.from({ length: 200 }, () => tail.after(cursor, 20_000, never));
    await expect.poll(() => tail.waiting).toBe(200);
    const before = reads.count;
    await api.store.append([change("a")]);
    const answers = await Promise.all(waits);
    for (const answer of answers) expect(namesOf(answer)).toEqual(["a"]);
    // One reads for all.
    expect(reads.count - before).toBeLessThan(10);
    expect(tail.waiting).toBe(0);
  });

  test("a cursor resumes, whoever gave it", async () => {
    const { cursor } = await tail.end();
    await api.store.append([change("a")]);
    const other = await api.store.changes(cursor, 100);
    await api.store.append([change("b")]);
    await api.store.append([change("c")]);
    expect(namesOf(await tail.after(other.cursor, 0, never))).toEqual(["b", "c"]);
    expect(namesOf(await tail.after(cursor, 0, never))).toEqual(["a", "b", "c"]);
    const all = await tail.after(cursor, 0, never);
    expect(await tail.after(all.cursor, 0, never)).toEqual({ cursor: all.cursor, gap: false, changes: [] });
  });

  test("nothing is missed between two waits, while changes come all the time", async () => {
    let { cursor } = await tail.end();
    const wanted = Array.from({ length: 300 }, (_, n) => `n${n}`);
    const appending = (async () => {
      for (const name of wanted) {
        await api.store.append([change(name)]);
        if (Number(name.slice(1)) % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
      }
    })();
    const seen: string[] = [];
    while (seen.length < wanted.length) {
      const answer = await tail.after(cursor, 5000, never);
      expect(answer.gap).toBe(false);
      expect(answer.changes.length).toBeGreaterThan(0);
      seen.push(...namesOf(answer));
      cursor = answer.cursor;
    }
    await appending;
    expect(seen).toEqual(wanted);
  });

  test("a cursor that the feed does not know is a gap, and its answer goes on", async () => {
    const answer = await tail.after("17.of-another-table", 5000, never);
    expect(answer).toMatchObject({ gap: true, changes: [] });
    await api.store.append([change("a")]);
    expect(namesOf(await tail.after(answer.cursor, 5000, never))).toEqual(["a"]);
  });

  test("a wait without a change ends with the cursor as it was", async () => {
    const { cursor } = await tail.end();
    expect(await tail.after(cursor, 30, never)).toEqual({ cursor, gap: false, changes: [] });
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
    expect(await wait).toEqual({ cursor, gap: false, changes: [] });
  });

  test("who waits while the feed cannot be read hears so; a read that fails once is no reason", async () => {
    const { cursor } = await tail.end();
    const { changes } = api.store;
    let failing = 1;
    api.store.changes = async (after, limit) => {
      if (failing-- > 0) throw new StoreError("throttled", "too fast");
      return changes(after, limit);
    };
    const patient = tail.after(cursor, 20_000, never);
    await expect.poll(() => failing).toBeLessThan(0);
    await api.store.append([change("a")]);
    const { cursor: next, ...answer } = await patient;
    expect(namesOf({ cursor: next, ...answer })).toEqual(["a"]);

    failing = Number.POSITIVE_INFINITY;
    await expect(tail.after(next, 20_000, never)).rejects.toMatchObject({ code: "throttled" });
    expect(tail.waiting).toBe(0);
    failing = 0;
    await api.store.append([change("b")]);
    // Once the tail has read again.
    await expect.poll(() => tail.after(next, 0, never).then(namesOf, () => [])).toEqual(["b"]);
    await expect.poll(() => tail.after(next, 50, never).then(namesOf, () => [])).toEqual(["b"]);
  });

  test("a read that never ends is a failure like another", async () => {
    const { cursor } = await tail.end();
    api.store.changes = () => new Promise(() => {});
    await expect(tail.after(cursor, 20_000, never)).rejects.toMatchObject({ code: "unreachable" });
  });

  /** A tail with a clock of its own, which knows of the last seconds. */
  const settledTail = async () => {
    let now = performance.now();
    const pass = (ms: number): void => {
      now += ms;
    };
    const clock = createFeedTail({ feed: api.store, nowMs: () => now });
    clock.readingFor("a");
    await expect.poll(() => clock.ageSeconds()).toBe(0);
    pass(6000);
    await expect.poll(() => clock.readingFor("a")).toBe("eventual");
    return { clock, pass };
  };

  test("look-ups are consistent where a change may be younger than what the tail knows", async () => {
    // At the start nothing is known of the last seconds.
    expect(tail.readingFor("a")).toBe("consistent");
    const { clock, pass } = await settledTail();
    try {
      const { cursor } = await clock.end();
      const wait = clock.after(cursor, 20_000, never);
      await api.store.append([change("a")]);
      await wait;
      expect(clock.readingFor("a")).toBe("consistent");
      expect(clock.readingFor("b")).toBe("eventual");
      // A tail that has not read for a moment knows nothing.
      pass(1000);
      expect(clock.readingFor("b")).toBe("consistent");
      pass(11_000);
      await expect.poll(() => clock.readingFor("a")).toBe("eventual");
    } finally {
      clock.close();
    }
  });

  test("a read that took long says nothing of what came meanwhile", async () => {
    const { changes } = api.store;
    let slow = false;
    const { clock, pass } = await settledTail();
    try {
      api.store.changes = async (after, limit) => {
        const answer = await changes(after, limit);
        pass(2000);
        slow = true;
        return answer;
      };
      await expect.poll(() => slow).toBe(true);
      expect(clock.readingFor("a")).toBe("consistent");
    } finally {
      clock.close();
    }
  });

  test("while nobody needs it the feed is not read", async () => {
    let now = performance.now();
    const reads = count(api);
    const clock = createFeedTail({ feed: api.store, nowMs: () => now });
    clock.readingFor("a");
    await expect.poll(() => reads.count).toBeGreaterThan(1);
    now += 60_000;
    let last = -1;
    await expect
      .poll(
        () => {
          const same = reads.count === last;
          last = reads.count;
          return same;
        },
        { interval: 3 * POLL_MS },
      )
      .toBe(true);
    clock.readingFor("a");
    await expect.poll(() => reads.count).toBeGreaterThan(last);
    clock.close();
  });
});

describe("GET /v1/changes", () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi({ limits: { ...LIMITS, longPolls: 3 } });
  });
  afterEach(() => api.close());

  const changes = async (query = ""): Promise<Changes> =>
    Changes.parse(await (await api.get(`/v1/changes${query}`)).json());

  test("without a cursor: the end, at once", async () => {
    await api.store.append([change("a")]);
    expect(namesOf(await changes("?wait=50"))).toEqual([]);
  });

  test("answers at once where there is something, and waits where there is not", async () => {
    const { cursor } = await changes();
    await api.store.append([change("a")]);
    const answer = await changes(`?after=${cursor}&wait=50`);
    expect(namesOf(answer)).toEqual(["a"]);
    const waiting = changes(`?after=${answer.cursor}&wait=50`);
    await expect.poll(() => api.tail.waiting).toBe(1);
    await api.store.append([{ kind: "all" }]);
    expect(namesOf(await waiting)).toEqual(["*"]);
  });

  test("a feed that cannot be read is a problem that says when to come again", async () => {
    api.store.changes = () => Promise.reject(new StoreError("unreachable", "10.0.0.9"));
    for (const query of ["", "?after=1.x&wait=20"]) {
      const response = await api.get(`/v1/changes${query}`);
      expect(response.headers.get("Retry-After")).toBe("1");
      expect(await problemOf(response)).toBe("503 store-unavailable");
    }
  });

  test("more than may wait hear so, and places come free again", async () => {
    const { cursor } = await changes();
    const waits = [1, 2, 3].map(() => changes(`?after=${cursor}&wait=50`));
    await expect.poll(() => api.tail.waiting).toBe(3);
    expect(await problemOf(await api.get("/v1/changes"))).toBe("503 overloaded");
    await api.store.append([change("a")]);
    await Promise.all(waits);
    expect((await api.get("/v1/changes")).status).toBe(200);
  });

  test("support has no use for it", async () => {
    expect(await problemOf(await api.get("/v1/changes", "support"))).toBe("403 forbidden");
  });

  describe("as events", () => {
    const open = async (query = "", headers = {}, signal = never) => {
      const response = await api.app.request(`/v1/changes${query}`, {
        headers: { Authorization: "Bearer edge-token", Accept: "text/event-stream", ...headers },
        signal,
      });
      expect(response.headers.get("Content-Type")).toBe("text/event-stream");
      return reader(response);
    };

    test("each answer is one, with the cursor as its id; Last-Event-ID resumes", async () => {
      const stream = await open();
      const first = await stream.next();
      expect(first.changes).toEqual([]);
      await api.store.append([change("a")]);
      const second = await stream.next();
      expect(namesOf(second)).toEqual(["a"]);
      await stream.cancel();
      await api.store.append([change("b")]);
      const resumed = await open("", { "Last-Event-ID": second.cursor });
      expect(namesOf(await resumed.next())).toEqual(["b"]);
      await resumed.cancel();
      const again = await open(`?after=${first.cursor}`);
      expect(namesOf(await again.next())).toEqual(["a", "b"]);
      await again.cancel();
    });

    test("who goes leaves nothing behind", async () => {
      const gone = new AbortController();
      const streams = [await open(), await open(), await open("", {}, gone.signal)];
      for (const stream of streams) await stream.next();
      expect(await problemOf(await api.get("/v1/changes"))).toBe("503 overloaded");
      await streams[0]?.cancel();
      await streams[1]?.cancel();
      gone.abort();
      await expect.poll(async () => (await api.get("/v1/changes")).status).toBe(200);
      await expect.poll(() => api.tail.waiting).toBe(0);
      expect(await streams[2]?.ended()).toBe(true);
    });

    test("who asks for the head alone leaves nothing behind either", async () => {
      const headers = { Authorization: "Bearer edge-token", Accept: "text/event-stream" };
      for (let n = 0; n < 5; n++) {
        const response = await api.app.request("/v1/changes", { method: "HEAD", headers });
        expect(response.status).toBe(200);
        expect(response.headers.get("Content-Type")).toBe("text/event-stream");
      }
    });

    test("a feed that cannot be read, and the end of the API, end the stream", async () => {
      const failing = await open();
      await failing.next();
      const { changes: read } = api.store;
      api.store.changes = () => Promise.reject(new StoreError("unreachable", "out"));
      expect(await failing.ended()).toBe(true);
      api.store.changes = read;
      const closing = await open();
      await closing.next();
      api.tail.close();
      expect(await closing.ended()).toBe(true);
    });
  });
});

/** Counts the reads of the feed. */
function count(api: TestApi): { count: number } {
  const counter = { count: 0 };
  const { changes } = api.store;
  api.store.changes = (after, limit) => {
    counter.count++;
    return changes(after, limit);
  };
  return counter;
}

/** Reads server-sent events; each must have the cursor as its id. */
function reader(response: Response) {
  const source = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    async next(): Promise<Changes> {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end < 0) {
          const { value, done } = await source.read();
          if (done) throw new Error("the stream ended");
          text += decoder.decode(value, { stream: true });
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
        if (fields.data === undefined) continue;
        const data = Changes.parse(JSON.parse(fields.data));
        expect(fields).toMatchObject({ event: "changes", id: data.cursor });
        return data;
      }
    },
    async ended(): Promise<boolean> {
      for (;;) if ((await source.read()).done) return true;
    },
    cancel: () => source.cancel(),
  };
}
