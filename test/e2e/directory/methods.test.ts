import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Attribute, type Client, Change as LdapChange } from "ldapts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BASE, person, type Slapd, startSlapd } from "../support/slapd.ts";
import { makeFolder } from "../support/workspace.ts";
import { administrator, dnOf, type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

let synced: SyncedStore;
afterEach(() => synced.close());

const isThere = (login: string) => until(login, async () => (await synced.hosts(login)) !== undefined);
const isGone = (login: string) => until(`no ${login}`, async () => (await synced.hosts(login)) === undefined);
const hasHost = (login: string, host: string) =>
  until(`${login} on ${host}`, async () => (await synced.hosts(login))?.[0] === host);

describe("a server without RFC 4533", () => {
  let slapd: Slapd;
  let admin: Client;
  beforeAll(async () => {
    slapd = await startSlapd(
      ["a", "b", "c"].map((uid) => person(uid, [`mail: ${uid}@x.com`, "mailHost: s1"])).join(""),
      { sessionLog: "none" },
    );
    admin = await administrator(slapd);
  });
  afterAll(async () => {
    await admin.unbind();
    await slapd.remove();
  });
  const setHost = (uid: string, host: string): Promise<void> =>
    admin.modify(
      dnOf(uid),
      new LdapChange({
        operation: "replace",
        modification: new Attribute({ type: "mailHost", values: [host] }),
      }),
    );
  const add = (uid: string): Promise<void> =>
    admin.add(dnOf(uid), { objectClass: ["inetOrgPerson", "mailUser"], cn: uid, sn: uid, mailHost: "s1" });

  it("is asked for newer entries, and read whole for those that went", async () => {
    synced = await syncedStore(settings(slapd, { deltaSeconds: 0.05, compareSeconds: 0.5, pageSize: 2 }));
    await synced.start();
    await until("its method", async () => (await synced.status()).method === "delta");
    expect(await synced.accounts()).toEqual(["a@x.com", "b@x.com", "c@x.com"]);
    await setHost("a", "s2");
    await hasHost("a", "s2");
    await add("d");
    await isThere("d");
    await admin.del(dnOf("d"));
    await isGone("d");
    expect(await synced.accounts()).toEqual(["a@x.com", "b@x.com", "c@x.com"]);
  });

  it("is asked from the cursor on after a pause", async () => {
    synced = await syncedStore(settings(slapd, { deltaSeconds: 0.05, compareSeconds: 3600 }));
    await synced.start();
    await synced.stop();
    await setHost("b", "s3");
    await synced.start();
    await hasHost("b", "s3");
    expect(synced.log.filter(({ msg }) => msg === "full reading")).toHaveLength(1);
  });

  it("is compared whole where that is set", async () => {
    synced = await syncedStore(settings(slapd, { sync: "compare", compareSeconds: 0.1, pageSize: 2 }));
    await synced.start();
    await setHost("c", "s4");
    await hasHost("c", "s4");
    await add("d");
    await isThere("d");
    await admin.del(dnOf("d"));
    await isGone("d");
  });

  it("that is told to use RFC 4533 says that it cannot", async () => {
    synced = await syncedStore(settings(slapd, { sync: "syncrepl" }));
    await expect(synced.once()).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("an LDIF file", () => {
  const folder = makeFolder("ldif");
  const file = join(folder.path, "users.ldif");
  afterAll(() => folder.remove());

  const entry = (uid: string, host: string): string =>
    [
      `dn: uid=${uid},${BASE}`,
      `uid: ${uid}`,
      `entryUUID: 00000000-0000-0000-0000-00000000000${uid.charCodeAt(0) % 10}`,
      `mailHost: ${host}`,
      "",
      "",
    ].join("\n");
  const write = (...entries: string[]): void => writeFileSync(file, entries.join(""));

  it("is followed: written, put in another's place, with a record that cannot be read", async () => {
    write(entry("a", "s1"), entry("b", "s1"));
    synced = await syncedStore({ ldif: file, retrySeconds: 0.05 });
    await synced.start();
    expect(await synced.accounts()).toEqual(["a", "b"]);
    write(entry("a", "s2"), entry("b", "s1"), entry("c", "s1"));
    await hasHost("a", "s2");
    await isThere("c");
    writeFileSync(`${file}.new`, [entry("a", "s2"), entry("b", "s1")].join(""));
    renameSync(`${file}.new`, file);
    await isGone("c");
    // b's record is broken: it must not pass for one that went.
    write(entry("a", "s3"), entry("b", "s1").replace("uid: b", "uid b"));
    await hasHost("a", "s3");
    await until("the broken record", async () => (await synced.status()).skippedCount === 1);
    expect(await synced.status()).toMatchObject({
      method: "file",
      skipped: [{ place: `${file}:7`, reason: "not an attribute line" }],
    });
    expect(await synced.hosts("b")).toEqual(["s1"]);
  });

  it("that is not there removes nothing, and is read when it comes", async () => {
    write(entry("a", "s1"));
    synced = await syncedStore({ ldif: file, retrySeconds: 0.05 });
    await synced.start();
    renameSync(file, `${file}.away`);
    await until("the failure", async () => (await synced.status()).failure?.code === "file");
    expect(await synced.accounts()).toEqual(["a"]);
    write(entry("a", "s9"));
    await hasHost("a", "s9");
    await until("recovery", async () => (await synced.status()).state === "following");
  });
});
