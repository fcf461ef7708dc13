import { afterEach, beforeEach, expect, test } from "vitest";
import { Audit } from "../../../../../route-api/contract/audit.ts";
import { Trace, Traced } from "../../../../../route-api/contract/traces.ts";
import { createTraceBook } from "../../../../../route-api/http/resources/traces/trace-book.ts";
import { put as putEntries } from "../../../../support/writes.ts";
import { entryOf, LIMITS, problemOf, type TestApi, type TestScope, testApi } from "../support.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi({ limits: { ...LIMITS, traces: 2, traceEvents: 5 } });
});
afterEach(() => api.close());

const send = (method: string, path: string, body: unknown, scope: TestScope = "admin", headers = {}) =>
  api.send(method, path, body, scope, headers);
const begin = async (body: object, headers?: Record<string, string>): Promise<Traced> =>
  Traced.parse(
    await (await send("POST", "/v1/traces", { why: "ticket 1", ...body }, "admin", headers)).json(),
  );
const read = async (id: string, after?: string): Promise<Trace> =>
  Trace.parse(
    await (
      await api.get(`/v1/traces/${id}${after === undefined ? "" : `?after=${after}`}`, "support")
    ).json(),
  );
const event = (number: number) => ({
  number,
  at: "2026-11-27T10:00:00.000Z",
  sid: "s-1",
  ms: 0.5,
  step: "accept",
  text: "imap",
});
const report = (id: string, edge: string, ...numbers: number[]): Promise<Response> =>
  send("PUT", `/v1/traces/${id}/reports/${edge}/${numbers[0]}`, { events: numbers.map(event) }, "edge");

test("a trace is in the audit, asked of the edges, read as edges tell of it, and ended", async () => {
  await putEntries(api.store, [entryOf("alice")]);
  const { id, until, edges } = await begin({ login: "Alice" });
  expect(edges).toEqual({ asked: 0, answered: 0, silent: [] });
  expect(Date.parse(until) - Date.now()).toBeGreaterThan(590_000);
  expect((await report(id, "one", 1, 2)).status).toBe(204);
  expect((await report(id, "two", 1)).status).toBe(204);
  const told = await read(id);
  expect(told.state).toBe("running");
  expect(told.events.map(({ edge, number }) => `${edge} ${number}`)).toEqual(["one 1", "one 2", "two 1"]);
  // What came shortly before comes again.
  expect((await read(id, told.cursor)).events).toHaveLength(3);
  expect((await read(id, "2100-01-01T00:00:00.000Z")).events).toEqual([]);
  expect((await send("DELETE", `/v1/traces/${id}`, { why: "seen enough" })).status).toBe(200);
  expect((await read(id)).state).toBe("ended");
  const audit = Audit.parse(await (await api.get("/v1/audit", "support")).json());
  expect(audit.entries.map(({ by, action, target, why }) => [by, action, target, why])).toEqual([
    ["admin", "trace-end", id, "seen enough"],
    ["admin", "trace", "alice", "ticket 1"],
  ]);
});

test("the same request with the same key is the same trace", async () => {
  const key = { "Idempotency-Key": "k" };
  const [one, again] = [await begin({ login: "alice" }, key), await begin({ login: "alice" }, key)];
  expect(again).toEqual(one);
  expect((await begin({ login: "bob" }, key)).id).not.toBe(one.id);
});

test("as many traces as allowed run at a time; one that has ended does not count", async () => {
  const { id } = await begin({ client: "192.0.2.0/24" });
  await begin({ client: "2001:db8::1" });
  const third = { client: "192.0.2.1", why: "x" };
  expect(await problemOf(await send("POST", "/v1/traces", third))).toBe("503 overloaded");
  await send("DELETE", `/v1/traces/${id}`, { why: "x" });
  expect((await send("POST", "/v1/traces", third)).status).toBe(200);
});

test.each([
  ["neither a login nor a client", { why: "x" }],
  ["both", { login: "alice", client: "192.0.2.1", why: "x" }],
  ["no address", { client: "192.0.2.0/33", why: "x" }],
  ["no login name", { login: "al\u0000ice", why: "x" }],
  ["no reason", { login: "alice" }],
  ["too long", { login: "alice", seconds: 3601, why: "x" }],
])("a trace with %s is refused, and not in the audit", async (_, body) => {
  expect(await problemOf(await send("POST", "/v1/traces", body))).toBe("400 bad-request");
  expect(Audit.parse(await (await api.get("/v1/audit", "support")).json()).entries).toEqual([]);
});

test("support may read, only admin begins, and only edges tell", async () => {
  const { id } = await begin({ login: "alice" });
  const body = { login: "alice", why: "x" };
  expect(await problemOf(await send("POST", "/v1/traces", body, "support"))).toBe("403 forbidden");
  expect(await problemOf(await send("DELETE", `/v1/traces/${id}`, { why: "x" }, "support"))).toBe(
    "403 forbidden",
  );
  expect(await problemOf(await api.get(`/v1/traces/${id}`, "edge"))).toBe("403 forbidden");
  const events = { events: [event(1)] };
  expect(await problemOf(await send("PUT", `/v1/traces/${id}/reports/one/1`, events, "admin"))).toBe(
    "403 forbidden",
  );
});

test("what nobody asked for, or is more than an edge may tell, is refused", async () => {
  const { id } = await begin({ login: "alice" });
  expect(await problemOf(await report("other", "one", 1))).toBe("404 not-found");
  expect(await problemOf(await report(id, "one", 5, 6))).toBe("410 question-closed");
  const misnumbered = { events: [event(2)] };
  expect(await problemOf(await send("PUT", `/v1/traces/${id}/reports/one/1`, misnumbered, "edge"))).toBe(
    "400 bad-request",
  );
  expect((await read(id)).events).toEqual([]);
  expect(await problemOf(await api.get("/v1/traces/other", "support"))).toBe("404 not-found");
  expect(await problemOf(await send("DELETE", "/v1/traces/other", { why: "x" }))).toBe("404 not-found");
});

test("an id that begins another is not the other", async () => {
  const book = createTraceBook(api.store.lists);
  await book.note("abc", "2100-01-01T00:00:00.000Z");
  expect(await book.find("ab")).toBeUndefined();
  expect(await book.find("abc")).toBe("2100-01-01T00:00:00.000Z");
});
