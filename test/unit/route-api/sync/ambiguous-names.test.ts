import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AmbiguousName } from "../../../../route-api/contract/sync-status.ts";
import type { RouteStore } from "../../../../route-api/store/store.ts";
import { claimCensus } from "../../../../route-api/sync/ambiguous-names.ts";
import { readStatus } from "../../../../route-api/sync/status.ts";
import { startSync } from "../../../../route-api/sync/sync.ts";
import {
  config,
  entry,
  log,
  type SyncFixture,
  scripted,
  syncFixture,
  told,
  until,
  whole,
} from "./fixture.ts";

let store: RouteStore;
let once: SyncFixture["once"];
let close: SyncFixture["close"];
beforeEach(async () => {
  ({ store, once, close } = await syncFixture());
});
afterEach(() => close());

const ambiguous = async (): Promise<AmbiguousName[]> => (await readStatus(store)).ambiguous;
const both = (name: string, one: string, other: string): AmbiguousName => ({
  name,
  dns: [`uid=${one},dc=x`, `uid=${other},dc=x`],
});

describe("a name that two entries claim is reported", () => {
  const LOGINS = { loginAttributes: ["uid"] };
  test.each<[string, object, Record<string, string[]>, AmbiguousName[]]>([
    ["not where there is none", {}, {}, []],
    ["a login name", {}, { mail: ["b@x.com", "a@x.com"] }, [both("a@x.com", "a", "b")]],
    ["an account that is nobody's login name", LOGINS, { mail: ["a@x.com"] }, [both("a@x.com", "a", "b")]],
    ["another spelling of it", LOGINS, { mail: ["A@X.com."] }, [both("a@x.com", "a", "b")]],
    ["a name at the store", {}, { mailstoreoverride: ["user=A@x.com"] }, [both("a@x.com", "a", "b")]],
  ])("%s", async (_name, settings, attributes, expected) => {
    const overrideAttribute = "mailStoreOverride";
    await once(whole(entry("a"), entry("b", attributes)), { overrideAttribute, ...settings });
    expect(await ambiguous()).toEqual(expected);
    expect(await readStatus(store)).toMatchObject({ ambiguousCount: expected.length });
  });

  test("until one gives it up, and after a change by which another takes it", async () => {
    const twins = { mail: ["b@x.com", "a@x.com"] };
    const { source, tell } = scripted(whole(entry("a"), entry("b", twins)));
    const sync = startSync({ source, store, directory: config(), log });
    await sync.first;
    tell(...told(entry("b")));
    await until(async () => (await store.find("a@x.com", "consistent")).is === "found");
    tell(...told(entry("c", { mail: ["c@x.com", "b@x.com"] })));
    await until(async () => (await store.find("b@x.com", "consistent")).is === "ambiguous");
    await sync.close();
    expect(await ambiguous()).toEqual([both("b@x.com", "b", "c")]);
    await once(whole(entry("a"), entry("c", { mail: ["c@x.com", "b@x.com"] })));
    expect(await ambiguous()).toEqual([]);
  });
});

test("the census of a table names what occurs twice, once", () => {
  const census = claimCensus();
  const claiming = (uuid: string, account: string, ...logins: string[]) =>
    census.add({ uuid, dn: uuid, account, logins, mailHost: ["h"], version: "" });
  claiming("1", "a", "a", "b");
  claiming("2", "c", "d");
  claiming("3", "B.", "e");
  claiming("4", "b", "f");
  expect([...census.twice]).toEqual(["b"]);
});
