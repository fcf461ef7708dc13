import type { Client } from "ldapts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { releaseHold } from "../../../route-api/sync/release.ts";
import { person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { administrator, dnOf, type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

let slapd: Slapd;
let admin: Client;
let synced: SyncedStore;

const UIDS = Array.from({ length: 12 }, (_, index) => `u${String(index).padStart(2, "0")}`);
const ALL = UIDS.map((uid) => `${uid}@x.com`);
const GUARD = { maxRemovedEntries: 1, maxRemovedShare: 0.25 };

beforeEach(async () => {
  slapd = await startSlapd(UIDS.map((uid) => person(uid, [`mail: ${uid}@x.com`, "mailHost: s1"])).join(""));
  admin = await administrator(slapd);
  synced = await syncedStore(settings(slapd, GUARD));
  await synced.start();
});
afterEach(async () => {
  await synced.close();
  await admin.unbind();
  await slapd.remove();
});

const held = () => until("a hold", async () => (await synced.status()).held);
/** Removes six, one by one: a quarter of twelve may go, the rest waits. */
async function removeSix(): Promise<void> {
  for (const uid of UIDS.slice(0, 3)) {
    await admin.del(dnOf(uid));
    await until(`${uid}'s end`, async () => (await synced.hosts(uid)) === undefined);
  }
  for (const uid of UIDS.slice(3, 6)) await admin.del(dnOf(uid));
  await until("three that wait", async () => (await synced.status()).held?.wouldRemove === 3);
}

test("a typo in the filter removes nothing, and is over once it is mended", async () => {
  await synced.stop();
  await synced.start({ filter: "(mailHots=*)" });
  expect(await held()).toMatchObject({ reason: "too-many-removals", wouldRemove: 12, of: 12 });
  expect(await synced.accounts()).toEqual(ALL);
  expect(await synced.status()).toMatchObject({ state: "held" });
  expect(synced.log.find(({ code }) => code === "removals-held")?.msg).toContain("mmp sync release");
  await synced.stop();
  await synced.start();
  await until("the end of it", async () => (await synced.status()).held === undefined);
  expect(await synced.accounts()).toEqual(ALL);
});

test("a directory that says it is empty removes nothing, however few entries there are", async () => {
  await synced.stop();
  await synced.start({ filter: "(mailHots=*)", maxRemovedEntries: 1000 });
  expect(await held()).toMatchObject({ wouldRemove: 12 });
  expect(await synced.accounts()).toEqual(ALL);
});

test("removals that come one by one are held too, changes go on, and the release lets all of them through", async () => {
  await removeSix();
  const first = await held();
  expect(first).toMatchObject({ reason: "too-many-removals", of: 9 });
  expect((await synced.accounts()).length).toBe(9);
  await admin.add(dnOf("new"), {
    objectClass: ["inetOrgPerson", "mailUser"],
    cn: "n",
    sn: "n",
    mailHost: "s2",
  });
  await until("the new one", () => synced.hosts("new"));
  expect((await releaseHold(synced.store))?.id).toBe(first.id);
  await until("the end of it", async () => (await synced.accounts()).length === 7);
  await until("the status", async () => (await synced.status()).state === "following");
  expect(await synced.accounts()).toEqual(["new", ...ALL.slice(6)].sort());
  // The next removal is an ordinary one.
  await admin.del(dnOf("u11"));
  await until("its end", async () => (await synced.hosts("u11")) === undefined);
});

test("a hold outlives the sync, and a release counts for that hold only, up to what it named", async () => {
  await removeSix();
  const first = await held();
  await synced.stop();
  await synced.start();
  expect((await held()).id).toBe(first.id);
  await synced.stop();
  await releaseHold(synced.store);
  // Between the release and the reading that it is for, the directory goes astray.
  await synced.start({ filter: "(mailHots=*)" });
  const second = await until("another hold", async () => {
    const now = (await synced.status()).held;
    return now !== undefined && now.id !== first.id && now;
  });
  expect(second).toMatchObject({ reason: "too-many-removals", wouldRemove: 9 });
  expect((await synced.accounts()).length).toBe(9);
});

test("without its canaries a directory removes nothing", async () => {
  await synced.stop();
  await synced.start({ canaries: ["U00@x.com"] });
  await admin.del(dnOf("u05"));
  await until("an ordinary removal", async () => (await synced.hosts("u05")) === undefined);
  await admin.del(dnOf("u00"));
  expect(await held()).toMatchObject({
    reason: "canary-missing",
    missingCanaries: ["U00@x.com"],
    wouldRemove: 1,
  });
  expect(await synced.hosts("u00")).toEqual(["s1"]);
  await synced.stop();
  // A full read misses it too.
  await synced.start({ canaries: ["U00@x.com", "nobody"], filter: "(&(mailHost=*)(objectClass=mailUser))" });
  await until("both", async () => (await synced.status()).held?.missingCanaries.length === 2);
  expect(await synced.hosts("u00")).toEqual(["s1"]);
  await releaseHold(synced.store);
  await until("its end", async () => (await synced.hosts("u00")) === undefined);
});
