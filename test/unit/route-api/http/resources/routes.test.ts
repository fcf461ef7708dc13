import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Problem } from "../../../../../route-api/contract/problems.ts";
import { Route, routePath } from "../../../../../route-api/contract/routes.ts";
import type { Consistency } from "../../../../../route-api/store/store.ts";
import { leaveStatus } from "../../../../support/sync-status.ts";
import { put } from "../../../../support/writes.ts";
import { entryOf, problemOf, type TestApi, type TestScope, testApi } from "../support.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
  await put(api.store, [
    entryOf("alice", { logins: ["alice", "alice@example.com", "ålice@example.com", "a/b"] }),
  ]);
});
afterEach(() => api.close());

test.each([
  ["alice", ""],
  ["Alice@Example.com", ""],
  ["ålice@example.com", ""],
  ["a/b", ""],
  ["alice", "?domain=example.com"],
])("%s%s leads to the account", async (login, query) => {
  const response = await api.get(routePath(login) + query);
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(await response.json()).toEqual({
    account: "alice@example.com",
    uuid: "uuid-alice",
    mailHost: ["store1"],
    version: "1",
    write: expect.any(Number),
    status: "active",
    services: [],
  });
});

test("the entry that a route comes from is told on request", async () => {
  const response = await api.get(`${routePath("alice")}?source=true`);
  expect(await response.json()).toMatchObject({
    source: { dn: expect.stringMatching(/alice/), logins: expect.arrayContaining(["alice", "a/b"]) },
  });
});

test("what differs for one account is told", async () => {
  await put(api.store, [
    entryOf("bob", {
      mailHost: ["store2", "store1"],
      disabled: "mailUserStatus: inactive",
      services: ["+imap:ALL", "-pop3:*"],
      override: { user: "maildrop7", imapPort: 1143 },
    }),
  ]);
  expect(Route.parse(await (await api.get(routePath("bob"))).json())).toEqual({
    account: "bob@example.com",
    uuid: "uuid-bob",
    mailHost: ["store2", "store1"],
    version: "1",
    write: expect.any(Number),
    status: "disabled",
    statusReason: "mailUserStatus: inactive",
    services: ["+imap:ALL", "-pop3:*"],
    override: { user: "maildrop7", imapPort: 1143 },
  });
});

test.each([
  ["an unknown name", "bob", "", "404 unknown-user"],
  ["a name in another domain", "alice", "?domain=example.org", "404 unknown-user"],
  ["a filter's stars", "*", "", "404 unknown-user"],
  ["a key's own signs", "alice#login=bob", "", "404 unknown-user"],
  ["a control character", "a\u0000b", "", "400 bad-request"],
  ["a line end", "a\r\nb", "", "400 bad-request"],
  ["a C1 control character", "a\u0085", "", "400 bad-request"],
  ["a name too long in bytes", "å".repeat(128), "", "400 bad-request"],
  ["a name too long with its domain", "a".repeat(200), `?domain=${"b".repeat(100)}`, "400 bad-request"],
  ["an empty domain", "alice", "?domain=", "400 bad-request"],
  ["two domains", "alice", "?domain=a&domain=b", "400 bad-request"],
])("%s: a problem", async (_name, login, query, expected) => {
  expect(await problemOf(await api.get(routePath(login) + query))).toBe(expected);
});

test("broken percent-encoding is no reason to fall over", async () => {
  expect(await problemOf(await api.get("/v1/routes/%ff%zz"))).toBe("404 unknown-user");
});

test("of two entries with one name support is told the DNs, an edge is not", async () => {
  await put(api.store, [entryOf("other", { logins: ["alice"] })]);
  const detail = async (scope: TestScope) => {
    const response = await api.get(routePath("alice"), scope);
    expect(response.status).toBe(409);
    const { code, detail: text } = Problem.parse(await response.json());
    expect(code).toBe("ambiguous-user");
    return text;
  };
  const dns = "uid=alice,ou=people,dc=example,dc=com; uid=other,ou=people,dc=example,dc=com";
  expect(await detail("edge")).toBeUndefined();
  expect(await detail("support")).toBe(dns);
  expect(await detail("admin")).toBe(dns);
});

describe("how the store is read", () => {
  const readsWith = async (headers = {}): Promise<Consistency[]> => {
    const seen: Consistency[] = [];
    const { find } = api.store;
    api.store.find = (login, consistency) => {
      seen.push(consistency);
      return find(login, consistency);
    };
    await api.get(routePath("alice"), "edge", headers);
    api.store.find = find;
    return seen;
  };

  test("by the tail's word, unless the caller wants directivety", async () => {
    const { consistencyFor } = api.tail;
    api.tail.consistencyFor = () => "eventual";
    expect(await readsWith()).toEqual(["eventual"]);
    for (const directive of ["no-cache", "max-age=0, No-Cache", "no-cache,no-store"]) {
      expect(await readsWith({ "Cache-Control": directive })).toEqual(["consistent"]);
    }
    expect(await readsWith({ "Cache-Control": "x-no-cache" })).toEqual(["eventual"]);
    api.tail.consistencyFor = consistencyFor;
    expect(await readsWith()).toEqual(["consistent"]);
  });
});

test("attributes that are asked for come along, the first values of each", async () => {
  const many = Array.from({ length: 9 }, (_, n) => `value ${n}`);
  await put(api.store, [entryOf("cat", { attributes: { uid: ["cat"], long: ["x".repeat(1025)], many } })]);
  const ask = async (query: string) => api.get(`${routePath("cat")}${query}`);
  expect(Route.parse(await (await ask("?attributes=UID,many,long,sn")).json()).attributes).toEqual({
    uid: ["cat"],
    many: many.slice(0, 4),
    long: [],
  });
  expect(await (await ask("")).json()).not.toHaveProperty("attributes");
  for (const wrong of ["a,,b", "1a", "a b", Array.from({ length: 9 }, (_, n) => `a${n}`).join(",")]) {
    expect((await ask(`?attributes=${encodeURIComponent(wrong)}`)).status).toBe(400);
  }
});

test("before the directory has been read whole nobody is called unknown, by name or search; who is there is found", async () => {
  const young = await testApi({ loaded: false });
  await put(young.store, [entryOf("alice")]);
  const search = (value: string) =>
    young.post("/v1/route-searches", { match: { attribute: "login", value } });
  expect((await young.get(routePath("alice"))).status).toBe(200);
  const [named, searched] = [await young.get(routePath("bob")), await search("bob")];
  expect(named.headers.get("Retry-After")).toBe("1");
  expect([await problemOf(named), await problemOf(searched)]).toEqual(["503 not-loaded", "503 not-loaded"]);
  await leaveStatus(young.store);
  await vi.waitFor(async () => {
    expect(await problemOf(await young.get(routePath("bob")))).toBe("404 unknown-user");
  });
  expect(await problemOf(await search("bob"))).toBe("404 unknown-user");
  await young.close();
});
