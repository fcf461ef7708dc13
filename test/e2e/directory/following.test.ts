import { Attribute, type Client, Change as LdapChange } from "ldapts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { BASE, person, replacing, type Slapd, startSlapd } from "../../support/slapd.ts";
import { administrator, dnOf, type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

let slapd: Slapd;
let admin: Client;
let synced: SyncedStore;

beforeAll(async () => {
  slapd = await startSlapd(
    [
      person("alice", ["mail: alice@x.com", "mailAlternateAddress: shared@x.com", "mailHost: store1"]),
      person("bob", ["mail: bob@x.com", "mailHost: store1"]),
      person("printer", ["mail: printer@x.com"]),
    ].join(""),
  );
  admin = await administrator(slapd);
});
beforeEach(async () => {
  synced = await syncedStore(settings(slapd));
  await synced.start();
  return () => synced.close();
});
afterAll(async () => {
  await admin.unbind();
  await slapd.remove();
});

const replace = (uid: string, type: string, ...values: string[]): Promise<void> =>
  admin.modify(dnOf(uid), replacing(type, ...values));
const add = (uid: string, more: Record<string, string>): Promise<void> =>
  admin.add(dnOf(uid), { objectClass: ["inetOrgPerson", "mailUser"], cn: uid, sn: uid, ...more });
const gone = (login: string) => until(`no ${login}`, async () => (await synced.hosts(login)) === undefined);

test("reads what the filter lets through", async () => {
  expect(await synced.accounts()).toEqual(["alice@x.com", "bob@x.com"]);
  await until("its status", async () => (await synced.status()).state === "following");
  expect(await synced.status()).toMatchObject({
    method: "syncrepl",
    lastFullRun: { read: 2, written: 2, removed: 0 },
  });
});

test("has a change in the store without asking for it, and tells edges every name", async () => {
  const told = await synced.changes();
  await replace("bob", "mailHost", "store2", "store3");
  const before = performance.now();
  await until("store2", async () => (await synced.hosts("bob"))?.includes("store2"));
  // Polling and full reads come later than this; how fast it is, the benchmark says.
  expect(performance.now() - before).toBeLessThan(3000);
  expect(await synced.hosts("bob@x.com")).toEqual(["store2", "store3"]);
  await until("the change", async () => (await told()).length > 0);
  expect(await told()).toMatchObject([{ kind: "route", account: "bob@x.com", names: ["bob", "bob@x.com"] }]);
  await replace("bob", "mailHost", "store1");
});

test("follows entries that come, are renamed, leave the filter, come back and go", async () => {
  await add("carol", { mail: "carol@x.com", mailHost: "store1" });
  await until("carol", () => synced.hosts("carol"));
  const uuid = await until("her entry", async () => {
    const found = await synced.store.find("carol", "consistent");
    return found.is === "found" && found.entry.uuid;
  });
  await admin.modifyDN(dnOf("carol"), "uid=caroline");
  await until("caroline", () => synced.hosts("caroline"));
  expect(await synced.hosts("carol")).toBeUndefined();
  expect(await synced.store.get(uuid)).toMatchObject({ dn: dnOf("caroline"), account: "carol@x.com" });
  await admin.modify(
    dnOf("caroline"),
    new LdapChange({ operation: "delete", modification: new Attribute({ type: "mailHost" }) }),
  );
  await gone("caroline");
  await replace("caroline", "mailHost", "store2");
  await until("caroline again", () => synced.hosts("caroline"));
  await admin.del(dnOf("caroline"));
  await gone("caroline");
});

test("moves an alias from one entry to another, and sees when both claim it", async () => {
  expect(await synced.hosts("shared@x.com")).toEqual(["store1"]);
  await replace("bob", "mailAlternateAddress", "shared@x.com");
  await until(
    "a conflict",
    async () => (await synced.store.find("shared@x.com", "consistent")).is === "ambiguous",
  );
  expect(await synced.store.find("shared@x.com", "consistent")).toEqual({
    is: "ambiguous",
    dns: [dnOf("alice"), dnOf("bob")],
  });
  await replace("alice", "mailAlternateAddress", "other@x.com");
  await until(
    "bob's alias",
    async () => (await synced.store.find("shared@x.com", "consistent")).is === "found",
  );
  expect(await synced.store.find("shared@x.com", "consistent")).toMatchObject({
    entry: { account: "bob@x.com" },
  });
  await replace("alice", "mailAlternateAddress", "shared@x.com");
  await replace("bob", "mailAlternateAddress", "bobby@x.com");
  await until("alice's alias", async () => {
    const found = await synced.store.find("shared@x.com", "consistent");
    return found.is === "found" && found.entry.account === "alice@x.com";
  });
});

test("names an entry that cannot be used, does not serve it, and serves it once it can be", async () => {
  await add("dave", { mail: "dave@x.com", mailHost: "store1" });
  await until("dave", () => synced.hosts("dave"));
  await replace("dave", "mailHost", "not a host");
  await gone("dave");
  await synced.stop();
  expect(await synced.status()).toMatchObject({
    skippedCount: 1,
    skipped: [{ place: dnOf("dave"), reason: '"not a host" is not a host name' }],
  });
  await replace("dave", "mailHost", "store2");
  await synced.start();
  expect(await synced.hosts("dave")).toEqual(["store2"]);
  await synced.stop();
  expect(await synced.status()).toMatchObject({ state: "stopped", skippedCount: 0 });
  await admin.del(dnOf("dave"));
});

test("names it no longer once it is gone, or can be used under another name", async () => {
  await add("frank", { mail: "frank@x.com", mailHost: "not a host" });
  await add("grace", { mail: "grace@x.com", mailHost: "not a host" });
  await admin.modifyDN(dnOf("grace"), "uid=gracie");
  await admin.del(dnOf("frank"));
  await replace("gracie", "mailHost", "store1");
  await until("gracie", () => synced.hosts("gracie"));
  await synced.stop();
  expect(await synced.status()).toMatchObject({ skippedCount: 0, skipped: [] });
  await synced.start();
  await admin.del(dnOf("gracie"));
});

test("goes on where it was: what it has told is not read again", async () => {
  await synced.stop();
  await replace("bob", "mailHost", "store7");
  await admin.add(dnOf("erin"), {
    objectClass: ["inetOrgPerson", "mailUser"],
    cn: "erin",
    sn: "erin",
    mailHost: "store1",
  });
  await admin.del(dnOf("erin"));
  const told = await synced.changes();
  const readBefore = synced.log.length;
  await synced.start();
  expect(await synced.hosts("bob")).toEqual(["store7"]);
  expect((await told()).map((change) => change.kind === "route" && change.account)).toEqual(["bob@x.com"]);
  expect(synced.log.slice(readBefore).map(({ msg }) => msg)).not.toContain("full read complete");
});

test("says how far behind it is: not at all", async () => {
  await synced.stop();
  await synced.start({ lagSeconds: 0.05 });
  // Changes that the filter keeps out move the server's contextCSN too.
  await replace("printer", "sn", "beside the filter");
  await until("no lag", async () => (await synced.status()).lagSeconds === 0);
  expect(await synced.status()).toMatchObject({ state: "following" });
});

test("reads everything once its settings are others", async () => {
  await synced.stop();
  await synced.start({ base: BASE, searchAttributes: ["cn"] });
  expect(await synced.store.match("cn", "alice", "consistent")).toMatchObject([{ account: "alice@x.com" }]);
  expect(synced.log.map(({ msg }) => msg)).toContain(
    "saved position is for other settings or another server, or damaged; reading the whole directory",
  );
});
