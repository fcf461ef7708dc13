import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { routePath } from "../../../../route-api/contract/routes.ts";
import { StoreError } from "../../../../route-api/store/store.ts";
import { put } from "../../../support/writes.ts";
import { bearing, entryOf, LIMITS, problemOf, type TestApi, testApi } from "./support.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
  await put(api.store, [entryOf("alice")]);
});
afterEach(() => api.close());

describe("what is no resource", () => {
  test.each([
    ["GET", "/nowhere", "404 not-found", null],
    ["GET", "/v1/nowhere", "404 not-found", null],
    ["GET", "/v1/routes/", "404 not-found", null],
    ["POST", "/v1/routes/alice", "405 method-not-allowed", "GET, HEAD"],
    ["DELETE", "/v1/changes", "405 method-not-allowed", "GET, HEAD"],
    ["GET", "/v1/pre-authentications", "405 method-not-allowed", "POST"],
    ["PUT", "/metrics", "405 method-not-allowed", "GET, HEAD"],
  ])("%s %s: %s", async (method, path, expected, allow) => {
    const response = await api.app.request(path, { method, headers: bearing("edge") });
    expect(response.headers.get("Allow")).toBe(allow);
    expect(await problemOf(response)).toBe(expected);
  });
});

describe("bodies", () => {
  const search = { match: { attribute: "cn", value: "x" } };

  test.each([
    ["broken JSON", '{"match":', "400 bad-request"],
    ["no object", "7", "400 bad-request"],
    ["nothing", "", "400 bad-request"],
    ["deep arrays", "[".repeat(30_000), "400 bad-request"],
    ["deep objects", `${'{"all":['.repeat(8000)}`, "400 bad-request"],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1"), "400 bad-request"],
    ["more than is allowed", " ".repeat(65_537), "413 body-too-large"],
  ])("%s", async (_name, body, expected) => {
    expect(await problemOf(await api.post("/v1/route-searches", body))).toBe(expected);
  });

  test("brackets in strings are no nesting", async () => {
    const value = '[{"'.repeat(200);
    const response = await api.post("/v1/route-searches", { match: { attribute: "cn", value } });
    expect(await problemOf(response)).toBe("404 unknown-user");
  });

  test("a body whose length was not told is refused when it grows too large", async () => {
    let chunks = 0;
    const body = new ReadableStream({
      pull: (controller) => (chunks++ < 100 ? controller.enqueue(new Uint8Array(4096)) : controller.close()),
    });
    const headers = { ...bearing("edge"), "Content-Type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" };
    const response = await api.app.request("/v1/route-searches", init as RequestInit);
    expect(await problemOf(response)).toBe("413 body-too-large");
    expect(chunks).toBeLessThan(30);
  });

  test("another type is refused", async () => {
    const headers = { ...bearing("edge"), "Content-Type": "text/plain" };
    const init = { method: "POST", headers, body: JSON.stringify(search) };
    expect(await problemOf(await api.app.request("/v1/route-searches", init))).toBe(
      "415 unsupported-media-type",
    );
  });

  test("a fault names its field", async () => {
    const detail = async (body: unknown) =>
      ((await (await api.post("/v1/route-searches", body)).json()) as { detail: string }).detail;
    expect(await detail({ ...search, base: 7 })).toMatch(/^base: /);
    expect(await detail({ ...search, extra: 7 })).toContain("extra");
    expect(await detail({ match: { all: [{ attribute: "1", value: "x" }] } })).toMatch(/^match/);
    expect(await (await api.get("/v1/changes?wait=never")).text()).toContain("wait: ");
  });
});

describe("limits", () => {
  test("support is held to its rate, an edge is not", async () => {
    await api.close();
    api = await testApi({ limits: { ...LIMITS, requestsPerSecond: 3 } });
    const statuses = async (scope: "edge" | "support") =>
      Promise.all(Array.from({ length: 6 }, async () => (await api.get(routePath("bob"), scope)).status));
    expect(await statuses("edge")).toEqual(Array(6).fill(404));
    expect((await statuses("support")).sort()).toEqual([404, 404, 404, 429, 429, 429]);
    const refused = await api.get(routePath("bob"), "support");
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await problemOf(refused)).toBe("429 too-many-requests");
  });

  test("more at once than allowed hear so at once; those under way are answered", async () => {
    await api.close();
    api = await testApi({ limits: { ...LIMITS, concurrentRequests: 2 } });
    const held = Promise.withResolvers<void>();
    api.store.find = async () => {
      await held.promise;
      return { is: "unknown" };
    };
    const underWay = [api.get(routePath("a")), api.get(routePath("b"))];
    const refused = await api.get(routePath("c"));
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await problemOf(refused)).toBe("503 overloaded");
    // What waits for changes is counted apart, and a probe not at all.
    expect((await api.get("/v1/changes")).status).toBe(200);
    expect((await api.get("/livez")).status).toBe(200);
    held.resolve();
    for (const response of await Promise.all(underWay)) expect(response.status).toBe(404);
    expect((await api.get(routePath("d"))).status).toBe(404);
  });

  test("who has no token takes no place with a body that never ends", async () => {
    await api.close();
    api = await testApi({ limits: { ...LIMITS, concurrentRequests: 1 } });
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const endless = api.app.request("/v1/route-searches", init);
    await expect.poll(async () => (await api.get(routePath("a"))).status).toBe(404);
    expect(await problemOf(await endless)).toBe("401 unauthorized");
  });
});

describe("failures", () => {
  test("a store that is out is said so, without its inside", async () => {
    api.store.find = async () => {
      throw new StoreError("unreachable", "10.0.0.9 refused");
    };
    const response = await api.get(routePath("alice"));
    expect(await response.clone().text()).not.toContain("10.0.0.9");
    expect(response.headers.get("Retry-After")).toBe("1");
    expect(await problemOf(response)).toBe("503 store-unavailable");
  });

  test("so is a fault of our own", async () => {
    api.store.find = async () => {
      throw new TypeError("secret inside");
    };
    const response = await api.get(routePath("alice"));
    expect(await response.clone().text()).not.toContain("inside");
    expect(await problemOf(response)).toBe("500 internal");
  });
});

test("a request id is taken over where it is harmless", async () => {
  const id = async (given: string) =>
    (await api.get("/livez", "edge", { "X-Request-Id": given })).headers.get("X-Request-Id");
  expect(await id("ticket-17")).toBe("ticket-17");
  expect(await id("a b{}")).not.toBe("a b{}");
});

test("health follows the store", async () => {
  expect((await api.app.request("/livez")).status).toBe(200);
  expect((await api.app.request("/readyz")).status).toBe(200);
  api.store.ready = () => Promise.reject(new StoreError("no-table", "at 10.0.0.9"));
  expect((await api.app.request("/livez")).status).toBe(200);
  const response = await api.app.request("/readyz");
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: "unavailable", detail: "route store: no-table" });
});

test("metrics count by route, never by name", async () => {
  await api.get(routePath("alice"));
  await api.get(routePath("bob"));
  await api.app.request("/nowhere/alice");
  const text = await (await api.app.request("/metrics")).text();
  expect(text).toContain('mmp_api_requests_total{route="/v1/routes/:login",method="GET",status="200"} 1');
  expect(text).toContain('mmp_api_requests_total{route="/v1/routes/:login",method="GET",status="404"} 1');
  expect(text).toContain("mmp_store_read_units_total 0");
  expect(text).toContain("mmp_api_changes_waiting 0");
  expect(text).toMatch(/mmp_api_feed_age_seconds \d/);
  expect(text).not.toContain("alice");
});

test("the log has who asked and what came of it, never a token or a password", async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  await api.close();
  const check = async (): Promise<boolean> => Promise.reject(new Error("broken"));
  api = await testApi({ log: pino({ level: "debug" }, sink), preAuth: () => ({ check, close() {} }) });
  await api.get(routePath("alice"), "support");
  await api.post("/v1/pre-authentications", { login: "alice", password: "hush hush" });
  await api.app.request(routePath("alice"), { headers: { Authorization: "Bearer guessed" } });
  const text = lines.join("");
  expect(text).toContain('"caller":"support"');
  expect(text).toContain('"status":500');
  expect(text).not.toMatch(/hush|-token|guessed/);
});

test("the log has the session that a look-up is for, and takes nothing else for one", async () => {
  const lines: { msg: string; sid?: string }[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as { msg: string });
      done();
    },
  });
  await api.close();
  api = await testApi({ log: pino({ level: "debug" }, sink) });
  for (const sid of ["0badcafe-2k", "not a session", "x".repeat(65)]) {
    await api.get(routePath("alice"), "edge", { "X-Session-Id": sid });
  }
  expect(lines.map(({ msg, sid }) => [msg, sid])).toEqual([
    ["request", "0badcafe-2k"],
    ["request", undefined],
    ["request", undefined],
  ]);
});

test("at level info the log has what people and programs asked, and what failed, but no routine of edges", async () => {
  const lines: { msg: string; caller?: string; status: number }[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as (typeof lines)[number]);
      done();
    },
  });
  await api.close();
  api = await testApi({ log: pino({ level: "info" }, sink) });
  await api.get(routePath("alice"));
  await api.get(routePath("bob"));
  await api.app.request("/livez");
  await api.get(routePath("bob"), "support");
  await api.app.request(routePath("alice"));
  await api.store.close();
  await api.get(routePath("alice"));
  api = await testApi();
  const requests = lines.filter(({ msg }) => msg === "request");
  expect(requests.map(({ caller, status }) => `${caller} ${status}`)).toEqual([
    "support 404",
    "undefined 401",
    "edge 503",
  ]);
});

test("the page for people needs nothing from anywhere, and runs no script", async () => {
  const response = await api.app.request("/docs");
  const page = await response.text();
  expect(response.headers.get("Content-Type")).toMatch(/^text\/html/);
  for (const path of ["/v1/routes/{login}", "/v1/route-searches", "/v1/changes", "/v1/sync", "RouteSearch"]) {
    expect(page).toContain(path);
  }
  expect(page).not.toMatch(/<script|https?:|src=|\[object/);
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
  const digest = createHash("sha256").update(style).digest("base64");
  const policy = response.headers.get("Content-Security-Policy");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${digest}'`);
});

describe("the line of a request", () => {
  const lines: { level: number; msg: string }[] = [];
  const log = pino(
    { level: "debug", base: null },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  const DEBUG = 20;
  const INFO = 30;

  test.each([
    ["a look-up by an edge", "edge-token", "/v1/routes/alice", 200, DEBUG],
    ["an unknown name from an edge", "edge-token", "/v1/routes/nobody", 404, DEBUG],
    ["a mistake of an edge", "edge-token", "/v1/routes/alice?domain=", 400, INFO],
    ["support's look-up", "support-token", "/v1/routes/alice", 200, INFO],
    ["an administrator's request", "admin-token", "/v1/sync", 200, INFO],
    ["an unknown token", "nonsense", "/v1/routes/alice", 401, INFO],
    ["a page that there is not", undefined, "/nowhere", 404, INFO],
    ["a probe", undefined, "/livez", 200, DEBUG],
  ])("of %s", async (_what, token, path, status, level) => {
    const { app, store, close } = await testApi({ log });
    await put(store, [entryOf("alice")]);
    lines.length = 0;
    const headers = {
      "X-Request-Id": "request-1",
      "X-Forwarded-For": "203.0.113.9",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
    const response = await app.request(path, { headers }, { peer: () => "192.0.2.1" });
    await close();
    const caller = token?.endsWith("-token") ? { caller: expect.any(String) } : {};
    expect(lines.filter(({ msg }) => msg === "request")).toEqual([
      {
        level,
        time: expect.any(Number),
        requestId: "request-1",
        method: "GET",
        path: path.split("?")[0],
        status: response.status,
        ...caller,
        address: "192.0.2.1",
        forwardedFor: "203.0.113.9",
        durationMs: expect.any(Number),
        msg: "request",
      },
    ]);
    expect(response.status).toBe(status);
  });
});
