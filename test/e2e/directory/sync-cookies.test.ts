import type { Client } from "ldapts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeCursor, type Position } from "../../../route-api/directory/following/cursor.ts";
import { DOCUMENTS, LeaseDocument } from "../../../route-api/sync/notes.ts";
import { person, replacing, type Slapd, startSlapd } from "../../support/slapd.ts";
import { put, remove } from "../../support/writes.ts";
import { administrator, dnOf, type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

let slapd: Slapd;
let admin: Client;
let synced: SyncedStore;

const ALL = ["a@x.com", "b@x.com", "c@x.com", "d@x.com"];

beforeEach(async () => {
  slapd = await startSlapd(
    ["a", "b", "c", "d"].map((uid) => person(uid, [`mail: ${uid}@x.com`, "mailHost: s1"])).join(""),
  );
  admin = await administrator(slapd);
  synced = await syncedStore(settings(slapd));
  await synced.start();
  expect(await synced.accounts()).toEqual(ALL);
});
afterEach(async () => {
  await synced.close();
  await admin.unbind();
  await slapd.remove();
});

const setHost = (uid: string, host: string): Promise<void> =>
  admin.modify(dnOf(uid), replacing("mailHost", host));

/** What happens while the sync is away: one entry goes, one changes. */
async function missed(): Promise<void> {
  await admin.del(dnOf("d"));
  await setHost("c", "s9");
}
async function expectLevel(): Promise<void> {
  await until("d's end", async () => (await synced.hosts("d")) === undefined);
  await until("c's move", async () => (await synced.hosts("c"))?.[0] === "s9");
  expect(await synced.accounts()).toEqual(["a@x.com", "b@x.com", "c@x.com"]);
  expect(await synced.hosts("a")).toEqual(["s1"]);
}

/** Puts another mark in place of the cursor's. */
async function setCookie(make: (cookie: string) => string): Promise<void> {
  const document = await synced.store.readDocument(DOCUMENTS.lease);
  const lease = LeaseDocument.parse(document?.value);
  const { scope, mark, fullAtMs } = JSON.parse(lease.notes.cursor ?? "") as { scope: string } & Position;
  const cookie = make(Buffer.from(mark, "base64").toString());
  const cursor = encodeCursor(scope, { mark: Buffer.from(cookie).toString("base64"), fullAtMs });
  const next = { ...lease, notes: { ...lease.notes, cursor } };
  expect(await synced.store.swapDocument(DOCUMENTS.lease, next, document?.revision)).toBeDefined();
}
/** The cookie that the sync would go on from. */
async function cookie(): Promise<string> {
  const document = await synced.store.readDocument(DOCUMENTS.lease);
  const { mark } = JSON.parse(LeaseDocument.parse(document?.value).notes.cursor ?? "") as Position;
  return Buffer.from(mark, "base64").toString();
}
const csn = (time: string): string => `rid=000,csn=${time}.000000Z#000000#000#000000`;

test("slapd with its session log tells what went and what changed", async () => {
  await synced.stop();
  await missed();
  await synced.start();
  await expectLevel();
  expect(synced.log.filter(({ msg }) => msg === "full read complete")).toHaveLength(1);
});

test("slapd that was started again and lost its log names what is left: the rest goes", async () => {
  await synced.stop();
  await missed();
  await slapd.stop();
  await slapd.start();
  await synced.start();
  await expectLevel();
  const run = await until("the report", async () => {
    const { lastFullRun } = await synced.status();
    return lastFullRun?.removed === 1 && lastFullRun;
  });
  expect(run).toMatchObject({ written: 1 });
});

test("slapd that is killed and comes back under a sync that follows is followed again", async () => {
  await slapd.stop("SIGKILL");
  await until("the failure", async () => (await synced.status()).failure?.code === "connect");
  await slapd.start();
  admin = await administrator(slapd);
  await missed();
  await expectLevel();
  await until("recovery", async () => (await synced.status()).state === "following");
  expect((await synced.status()).failure).toBeUndefined();
});

test("a cookie behind a change keeps what was known of other providers", async () => {
  await synced.stop();
  // As a provider is that has changes of another one too.
  await slapd.stop();
  await slapd.start({ global: ["serverID 2"] });
  admin = await administrator(slapd);
  await setHost("a", "s2");
  await synced.start({ lagSeconds: 0.05 });
  await setHost("b", "s3");
  const { version } = await until("b's move", async () => {
    const b = await synced.store.find("b", "consistent");
    return b.is === "found" && b.entry.mailHost[0] === "s3" && b.entry;
  });
  const behind = await until("its cookie", async () => {
    const now = await cookie();
    return now.includes(version) && now;
  });
  expect(behind).toMatch(/csn=[^,;]+#000#000000;[^,;]+#002#000000$/);
  await until("no lag", async () => (await synced.status()).lagSeconds === 0);
  expect(synced.log.filter(({ msg }) => msg === "sync failed")).toEqual([]);
});

describe.each([
  ["stale", () => csn("20010101000000"), undefined],
  ["garbage", () => "garbage", "cookie not understood by the server"],
  ["without a CSN", () => "rid=000", "cookie without a CSN"],
  ["with a CSN that is none", () => "rid=000,csn=xyz", "cookie without a CSN"],
  ["from the future", () => csn("20991231000000"), "result 53: consumer state is newer than provider!"],
])("a cookie that is %s", (_name, make, reason) => {
  test("makes it read everything, and what went is gone", async () => {
    await synced.stop();
    await setCookie(make);
    await missed();
    await synced.start();
    await expectLevel();
    const refused = synced.log.filter(
      ({ msg }) => msg === "sync cookie rejected; reading the whole directory",
    );
    expect(refused.map((line) => line.reason)).toEqual(reason === undefined ? [] : [reason]);
    // And from there on it follows again.
    await setHost("a", "s5");
    await until("a's move", async () => (await synced.hosts("a"))?.[0] === "s5");
  });
});

test("a cursor that was damaged counts for nothing", async () => {
  await synced.stop();
  const document = await synced.store.readDocument(DOCUMENTS.lease);
  const damaged = JSON.stringify(document?.value).replace(/mark\\":\\"..../, 'mark\\":\\"AAAA');
  expect(damaged).not.toEqual(JSON.stringify(document?.value));
  await synced.store.swapDocument(DOCUMENTS.lease, JSON.parse(damaged), document?.revision);
  await missed();
  await synced.start();
  await expectLevel();
});

test("reads everything beside the changes when it is time, and finds what it was never told", async () => {
  await synced.stop();
  // The table is damaged behind the sync's back: one entry is lost, one is there that no directory knows.
  const a = await synced.store.find("a", "consistent");
  if (a.is !== "found") throw new Error("no a");
  await remove(synced.store, [a.entry.uuid]);
  await put(synced.store, [{ ...a.entry, uuid: "stray", logins: ["stray"], account: "stray" }]);
  await synced.start({ fullCompareSeconds: 0.3 });
  await until("a's return", () => synced.hosts("a"));
  await until("the stray's end", async () => (await synced.hosts("stray")) === undefined);
  await setHost("b", "s4");
  await until("b's move", async () => (await synced.hosts("b"))?.[0] === "s4");
  expect(await synced.accounts()).toEqual(ALL);
});
