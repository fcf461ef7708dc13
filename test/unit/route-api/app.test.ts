import pino from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../../route-api/app.ts";
import { Problem, Route, routePath, Secret } from "../../../route-api/contract.ts";
import { openSqlite } from "../../../route-api/store/sqlite.ts";
import { type RouteStore, StoreError } from "../../../route-api/store/store.ts";

const entry = {
  uuid: "u1",
  dn: "uid=alice,dc=example,dc=com",
  account: "alice@example.com",
  logins: ["alice", "alice@example.com", "ålice@example.com"],
  mailHost: ["store1"],
  version: "1",
};
const log = pino({ level: "silent" });
const auth = { Authorization: "Bearer right" };
let store: RouteStore;
let app: ReturnType<typeof createApp>;

beforeEach(async () => {
  store = openSqlite(":memory:");
  await store.put(entry);
  app = createApp({ store, token: new Secret("right"), log });
});

async function problemOf(response: Response): Promise<string> {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.requestId).toBe(response.headers.get("X-Request-Id"));
  return `${problem.status} ${problem.code}`;
}

describe("GET /v1/routes/{login}", () => {
  test.each([
    ["alice", ""],
    ["Alice@Example.com", ""],
    ["ålice@example.com", ""],
    ["alice", "?domain=example.com"],
  ])("%s%s leads to the account", async (login, query) => {
    const response = await app.request(routePath(login) + query, { headers: auth });
    expect(response.status).toBe(200);
    expect(Route.parse(await response.json())).toEqual({
      account: "alice@example.com",
      uuid: "u1",
      mailHost: ["store1"],
      version: "1",
    });
  });

  test.each([
    ["an unknown name", "bob", "", "404 unknown-user"],
    ["a name in another domain", "alice", "?domain=example.org", "404 unknown-user"],
    ["a filter's stars", "*", "", "404 unknown-user"],
    ["a control character", "a\u0000b", "", "400 bad-request"],
    ["a line end", "a\r\nb", "", "400 bad-request"],
    ["a C1 control character", "a\u0085", "", "400 bad-request"],
    ["a name too long in bytes", "å".repeat(128), "", "400 bad-request"],
    ["an empty domain", "alice", "?domain=", "400 bad-request"],
  ])("%s: a problem", async (_name, login, query, expected) => {
    expect(await problemOf(await app.request(routePath(login) + query, { headers: auth }))).toBe(expected);
  });

  test("broken percent-encoding is no reason to fall over", async () => {
    const response = await app.request("/v1/routes/%ff%zz", { headers: auth });
    expect([400, 404]).toContain(response.status);
  });

  test("two entries with one name", async () => {
    await store.put({ ...entry, uuid: "u2", dn: "uid=other", logins: ["alice"] });
    expect(await problemOf(await app.request(routePath("alice"), { headers: auth }))).toBe(
      "409 ambiguous-user",
    );
  });

  test("a store that is out is said so, without its inside", async () => {
    store.find = async () => {
      throw new StoreError("unreachable", "10.0.0.9 refused");
    };
    const response = await app.request(routePath("alice"), { headers: auth });
    expect(await response.clone().text()).not.toContain("10.0.0.9");
    expect(await problemOf(response)).toBe("503 store-unavailable");
  });
});

describe("token", () => {
  test.each([[undefined], ["Bearer wrong"], ["Bearer right2"], ["Bearer "], ["Basic right"]])(
    "%s is refused",
    async (header) => {
      const headers = header === undefined ? {} : { Authorization: header };
      const response = await app.request(routePath("alice"), { headers });
      expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
      expect(await problemOf(response)).toBe("401 unauthorized");
    },
  );
});

test("a request id is taken over where it is harmless", async () => {
  const id = async (given: string) =>
    (await app.request("/livez", { headers: { "X-Request-Id": given } })).headers.get("X-Request-Id");
  expect(await id("ticket-17")).toBe("ticket-17");
  expect(await id("a b{}")).not.toBe("a b{}");
});

test("health follows the store", async () => {
  expect((await app.request("/livez")).status).toBe(200);
  expect((await app.request("/readyz")).status).toBe(200);
  await store.close();
  expect((await app.request("/livez")).status).toBe(200);
  expect((await app.request("/readyz")).status).toBe(503);
});

test("metrics count by route, never by name", async () => {
  await app.request(routePath("alice"), { headers: auth });
  await app.request(routePath("bob"), { headers: auth });
  await app.request("/nowhere/alice");
  const text = await (await app.request("/metrics")).text();
  expect(text).toContain('mmp_api_requests_total{route="/v1/routes/:login",status="200"} 1');
  expect(text).toContain('mmp_api_requests_total{route="/v1/routes/:login",status="404"} 1');
  expect(text).not.toContain("alice");
});
