import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Changes } from "../../../../../../route-api/contract/changes.ts";
import { StoreError } from "../../../../../../route-api/store/store.ts";
import { LIMITS, problemOf, type TestApi, testApi } from "../../support.ts";
import { change, interceptReads, namesOf } from "./support.ts";

const never = new AbortController().signal;

describe("GET /v1/changes", () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi({ limits: { ...LIMITS, longPolls: 3 } });
  });
  afterEach(() => api.close());

  const changes = async (query = ""): Promise<Changes> =>
    Changes.parse(await (await api.get(`/v1/changes${query}`)).json());

  test("without a cursor: the end, at once", async () => {
    await api.store.changes.append([change("a")]);
    expect(namesOf(await changes("?wait=50"))).toEqual([]);
  });

  test("answers at once where there is something, and waits where there is not", async () => {
    const { cursor } = await changes();
    await api.store.changes.append([change("a")]);
    const answer = await changes(`?after=${cursor}&wait=50`);
    expect(namesOf(answer)).toEqual(["a"]);
    const waiting = changes(`?after=${answer.cursor}&wait=50`);
    await expect.poll(() => api.tail.waiting).toBe(1);
    await api.store.changes.append([{ kind: "all" }]);
    expect(namesOf(await waiting)).toEqual(["*"]);
  });

  test("a feed that cannot be read is a problem that says when to come again", async () => {
    interceptReads(api.store, () => Promise.reject(new StoreError("unreachable", "10.0.0.9")));
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
    await api.store.changes.append([change("a")]);
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
      await api.store.changes.append([change("a")]);
      const second = await stream.next();
      expect(namesOf(second)).toEqual(["a"]);
      await stream.cancel();
      await api.store.changes.append([change("b")]);
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
      const restore = interceptReads(api.store, () => Promise.reject(new StoreError("unreachable", "out")));
      expect(await failing.ended()).toBe(true);
      restore();
      const closing = await open();
      await closing.next();
      api.tail.close();
      expect(await closing.ended()).toBe(true);
    });
  });
});

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
