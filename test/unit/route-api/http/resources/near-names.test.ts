import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { User } from "../../../../../route-api/contract/users.ts";
import { noteHeartbeat } from "../../../../../route-api/http/resources/edges/known-edges.ts";
import { NEAR_LOOK_UPS_MAX, nearLogins } from "../../../../../route-api/http/resources/users/near-logins.ts";
import { openSqlite } from "../../../../../route-api/store/sqlite/open.ts";
import type { FullEntry } from "../../../../../route-api/store/store.ts";
import { heartbeat } from "../../../../support/heartbeat.ts";
import { put } from "../../../../support/writes.ts";
import { type TestApi, testApi } from "../support.ts";

describe("names near to another", () => {
  test.each([
    ["two characters were swapped", "alcie@example.com", "alice@example.com"],
    ["one is too many", "alicce@example.com", "alice@example.com"],
    ["a doubled one is missing", "ana@example.com", "anna@example.com"],
    ["a digit stands for a letter", "b0b@example.com", "bob@example.com"],
    ["a finger slipped", "akice@example.com", "alice@example.com"],
    ["another separator", "ann.smith@example.com", "ann-smith@example.com"],
    ["no domain", "bbo", "bob"],
    ["another domain", "alice@exmaple.com", "alice@example.com"],
    ["no domain, where there is one", "alice", "alice@example.com"],
  ])("%s: %s", (_what, login, meant) => {
    expect(nearLogins(login, ["Example.com"])).toContain(meant);
  });

  test.each(["a", "alice", "a-very-long-name.of-somebody", "x".repeat(255), "👩‍👩‍👧", "@", ""])(
    "never more than can be looked up, each once, and never the name itself: %j",
    (login) => {
      const domains = Array.from({ length: 100 }, (_, index) => `example${index}.com`);
      const near = nearLogins(login, domains);
      expect(near.length).toBeLessThanOrEqual(NEAR_LOOK_UPS_MAX);
      expect(new Set(near).size).toBe(near.length);
      expect(near).not.toContain(login);
    },
  );
});

const BEAT = heartbeat({ state: "draining", sessions: 0, domains: ["example.com"] });
const entry = (name: string, more: Partial<FullEntry> = {}): FullEntry => ({
  uuid: `uuid-${name}`,
  dn: `uid=${name},dc=example,dc=com`,
  account: `${name}@example.com`,
  logins: [`${name}@example.com`],
  mailHost: ["store1"],
  version: "1",
  ...more,
});

describe("a user whom nobody knows", () => {
  let api: TestApi;
  /** Calls to look names up. */
  let asked: string[];
  beforeEach(async () => {
    const store = openSqlite(":memory:");
    asked = [];
    api = await testApi({
      store: {
        ...store,
        seeming(logins) {
          asked.push(...logins);
          return store.seeming(logins);
        },
      },
    });
    await put(store, [entry("alice"), entry("bob", { account: "mailbox7@example.com" })]);
  });
  afterEach(() => api.close());

  const ask = async (login: string): Promise<User> => {
    const response = await api.get(`/v1/users/${encodeURIComponent(login)}`, "support");
    expect(response.status).toBe(200);
    return User.parse(await response.json());
  };

  test("gets those who are near, with their accounts", async () => {
    expect((await ask("bbo@example.com")).near).toEqual([
      { login: "bob@example.com", account: "mailbox7@example.com", how: "one-edit" },
    ]);
    expect((await ask("zoe@example.com")).near).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(2 * NEAR_LOOK_UPS_MAX);
  });

  test("may have another name for an account than those to log in with", async () => {
    expect((await ask("Mailbox7@example.com")).near).toEqual([
      { login: "mailbox7@example.com", account: "mailbox7@example.com", how: "alias" },
    ]);
  });

  test("may be one of a domain that the edges append", async () => {
    const near = { login: "alice@example.com", account: "alice@example.com", how: "other-domain" };
    expect((await ask("alice@example.org")).near).toEqual([]);
    await noteHeartbeat(api.store.lists, "mail-1:0badcafe", { ...BEAT, state: "ended" });
    expect((await ask("alice")).near).toEqual([]);
    await noteHeartbeat(api.store.lists, "mail-1:0badcafe", BEAT);
    // Nobody follows the feed of questions here: the edge is silent, but its domain is known.
    expect((await ask("alice")).near).toEqual([near]);
  });

  test("costs nothing where somebody has the name", async () => {
    expect((await ask("alice@example.com")).near).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
