import type { Client } from "ldapts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { releaseHold } from "../../../route-api/sync/release.ts";
import { person, replacing, type Slapd, startSlapd } from "../../support/slapd.ts";
import { administrator, dnOf, type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

const people = (...uids: string[]): string =>
  uids.map((uid) => person(uid, [`mail: ${uid}@x.com`, "mailHost: s1"])).join("");
const setHost = (admin: Client, uid: string, host: string): Promise<void> =>
  admin.modify(dnOf(uid), replacing("mailHost", host));
const add = (admin: Client, uid: string, host: string): Promise<void> =>
  admin.add(dnOf(uid), {
    objectClass: ["inetOrgPerson", "mailUser"],
    cn: uid,
    sn: uid,
    mail: `${uid}@x.com`,
    mailHost: host,
  });

let synced: SyncedStore;
let slapds: Slapd[] = [];
let admins: Client[] = [];
const bound = async (slapd: Slapd): Promise<Client> => {
  const admin = await administrator(slapd);
  admins.push(admin);
  return admin;
};
afterEach(async () => {
  await synced.close();
  await Promise.allSettled(admins.map((admin) => admin.unbind()));
  for (const slapd of slapds) await slapd.remove();
  [slapds, admins] = [[], []];
});

/** Waits until the server has the entry, or has it no longer. */
async function replicated(slapd: Slapd, uid: string): Promise<void> {
  const client = await bound(slapd);
  await until(`${uid} on the replica`, async () => {
    const { searchEntries } = await client
      .search(dnOf(uid), { scope: "base" })
      .catch(() => ({ searchEntries: [] }));
    return searchEntries.length === 1;
  });
}

describe("a replica that no longer gets changes", () => {
  let provider: Slapd;
  let replica: Slapd;
  const standalone = { serverId: 2 };
  beforeEach(async () => {
    provider = await startSlapd(people("kept", "gone", "moved"), { serverId: 1 });
    replica = await startSlapd("", { serverId: 2, provider });
    slapds = [provider, replica];
    await replicated(replica, "moved");
    await replica.stop();
    synced = await syncedStore({
      ...settings(provider),
      url: [provider.url, replica.url],
      lagSeconds: 0.1,
    });
    await synced.start();
    const admin = await bound(provider);
    await add(admin, "new", "s2");
    await admin.del(dnOf("gone"));
    await admin.del(dnOf("moved"));
    await add(admin, "moved", "s9");
    await setHost(admin, "kept", "s5");
    await until("the last change", async () => (await synced.hosts("kept"))?.[0] === "s5");
  });
  const table = async () => ({
    accounts: await synced.accounts(),
    kept: await synced.hosts("kept"),
    moved: await synced.hosts("moved"),
  });
  const AS_THE_PROVIDER_HAD_IT = {
    accounts: ["kept@x.com", "moved@x.com", "new@x.com"],
    kept: ["s5"],
    moved: ["s9"],
  };
  const failOver = async (fullCompareSeconds = 86_400): Promise<void> => {
    await synced.stop();
    await provider.stop();
    await replica.start(standalone);
    await synced.start({ fullCompareSeconds });
  };
  const heldAsBehind = () =>
    until("a hold", async () => {
      const { held } = await synced.status();
      return held?.reason === "server-behind" && held;
    });

  test("adds what is new there, takes nothing back, and is said to be behind, with the IDs of the servers", async () => {
    await failOver();
    const lagging = await until("lag", async () => {
      const status = await synced.status();
      return (status.lagSeconds ?? 0) > 0 && status;
    });
    expect(lagging).toMatchObject({ state: "behind", behind: { server: replica.url, sids: ["001"] } });
    expect(synced.log).toContainEqual(
      expect.objectContaining({
        msg: "server is behind the route store; removals wait until it has caught up",
        server: replica.url,
        sids: ["001"],
      }),
    );

    const admin = await bound(replica);
    await add(admin, "newest", "s3");
    await until("the newest", () => synced.hosts("newest"));
    // What it removes is not known to be right, either.
    await admin.del(dnOf("kept"));
    expect(await heldAsBehind()).toMatchObject({ wouldRemove: 1, entries: [dnOf("kept")] });
    expect(await table()).toEqual({
      ...AS_THE_PROVIDER_HAD_IT,
      accounts: ["kept@x.com", "moved@x.com", "new@x.com", "newest@x.com"],
    });
  });

  test("is read whole without taking the table back", async () => {
    await failOver(0.3);
    const held = await heldAsBehind();
    expect([...held.entries].sort()).toEqual([dnOf("moved"), dnOf("new")]);
    expect(await table()).toEqual(AS_THE_PROVIDER_HAD_IT);
    expect(await synced.status()).toMatchObject({ state: "held", behind: { sids: ["001"] } });
  });

  test("ends the hold once it has caught up, on the connection that there is", async () => {
    await synced.stop();
    await provider.stop();
    await replica.start({ serverId: 2, provider });
    await synced.start({ fullCompareSeconds: 0.3 });
    await heldAsBehind();
    const failures = () => synced.log.filter(({ msg }) => msg === "sync failed").length;
    const before = failures();
    await provider.start();
    await until("the end of it", async () => {
      const { held, behind, state } = await synced.status();
      return held === undefined && behind === undefined && state === "following";
    });
    expect(failures()).toBe(before);
    expect(await table()).toEqual(AS_THE_PROVIDER_HAD_IT);
    const admin = await bound(provider);
    await admin.del(dnOf("new"));
    await until("an ordinary removal", async () => (await synced.hosts("new")) === undefined);
  });

  test("removes what it lacks once the operator has approved it", async () => {
    await failOver(0.3);
    const held = await heldAsBehind();
    expect(await releaseHold(synced.store)).toMatchObject({ id: held.id });
    await until("the end of it", async () => (await synced.status()).held === undefined);
    // The account that it never had is gone; the removed one is not back.
    expect(await synced.accounts()).toEqual(["kept@x.com"]);
    expect(await synced.hosts("kept")).toEqual(["s5"]);
  });

  test("is not read in place of the server that is followed", async () => {
    await synced.stop();
    await synced.start({ url: [replica.url, provider.url], fullCompareSeconds: 0.3 });
    const before = synced.log.length;
    await replica.start(standalone);
    const reads = () => synced.log.slice(before).filter(({ msg }) => msg === "full read complete");
    await until("two full reads", async () => reads().length >= 2);
    for (const read of reads()) expect(read).toMatchObject({ read: 3, removed: 0, written: 0 });
    expect(await table()).toEqual(AS_THE_PROVIDER_HAD_IT);
  });
});

test("in mirror mode the other provider's changes are told at once after a fail-over", async () => {
  const first = await startSlapd(people("a", "b"), { serverId: 1 });
  const second = await startSlapd("", { serverId: 2, provider: first, mirrors: true });
  slapds = [first, second];
  await replicated(second, "b");
  await first.stop();
  await first.start({ serverId: 1, provider: second, mirrors: true });
  synced = await syncedStore(settings(first));
  await synced.start();
  const admin = await bound(first);
  // So that the cookie comes from the first.
  await setHost(admin, "a", "s2");
  await until("a's move", async () => (await synced.hosts("a"))?.[0] === "s2");
  await synced.stop();
  await synced.start({ url: second.url });
  await setHost(admin, "b", "s3");
  await until("b's move", async () => (await synced.hosts("b"))?.[0] === "s3");
  expect(synced.log.filter(({ msg }) => msg === "sync failed")).toEqual([]);
});
