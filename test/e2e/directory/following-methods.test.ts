import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "ldapts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BASE, person, replacing, type Slapd, startSlapd } from "../../support/slapd.ts";
import { makeFolder } from "../../support/workspace.ts";
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
      {
        sessionLog: "none",
        // Who does not bind sees no entryCSN.
        database: ["access to attrs=entryCSN by * none", "access to * by * read"],
      },
    );
    admin = await administrator(slapd);
  });
  afterAll(async () => {
    await admin.unbind();
    await slapd.remove();
  });
  const setHost = (uid: string, host: string): Promise<void> =>
    admin.modify(dnOf(uid), replacing("mailHost", host));
  const add = (uid: string): Promise<void> =>
    admin.add(dnOf(uid), { objectClass: ["inetOrgPerson", "mailUser"], cn: uid, sn: uid, mailHost: "s1" });

  test("is asked for newer entries, and read whole for those that went", async () => {
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

  test("is asked from the cursor on after a pause", async () => {
    synced = await syncedStore(settings(slapd, { deltaSeconds: 0.05, compareSeconds: 3600 }));
    await synced.start();
    await synced.stop();
    await setHost("b", "s3");
    await synced.start();
    await hasHost("b", "s3");
    expect(synced.log.filter(({ msg }) => msg === "full read complete")).toHaveLength(1);
  });

  test("is asked by time stamps where it shows no entryCSN", async () => {
    const anonymous = { bindDn: "", deltaSeconds: 0.05, compareSeconds: 3600 };
    synced = await syncedStore(settings(slapd, anonymous), "");
    await synced.start();
    // Two changes in one second bear one time stamp.
    await setHost("b", "s5");
    await hasHost("b", "s5");
    await setHost("b", "s6");
    await hasHost("b", "s6");
    const found = await synced.store.find("b", "consistent");
    expect(found.is === "found" && found.entry.version).toMatch(/^\d{14}Z$/);
  });

  test.each(["mailHost=*", "(|(uid=a)(uid=b))"])(
    "is asked by the same filter, however it is written: %s",
    async (filter) => {
      synced = await syncedStore(settings(slapd, { deltaSeconds: 0.05, compareSeconds: 3600, filter }));
      await synced.start();
      const before = await synced.accounts();
      await setHost("c", "s7");
      const host = `host-${filter.length}`;
      await setHost("a", host);
      await hasHost("a", host);
      expect(await synced.accounts()).toEqual(before);
    },
  );

  test("is compared whole where that is set", async () => {
    synced = await syncedStore(settings(slapd, { sync: "compare", compareSeconds: 0.1, pageSize: 2 }));
    await synced.start();
    await setHost("c", "s4");
    await hasHost("c", "s4");
    await add("d");
    await isThere("d");
    await admin.del(dnOf("d"));
    await isGone("d");
  });

  test("that is told to use RFC 4533 says that it cannot", async () => {
    synced = await syncedStore(settings(slapd, { sync: "syncrepl" }));
    await expect(synced.once()).rejects.toMatchObject({ code: "unsupported" });
  });
});

test("a server that says it is Active Directory is asked by its own numbers, and anew where it is another", async () => {
  const folder = makeFolder("root-dse");
  const rootDse = join(folder.path, "root.ldif");
  writeFileSync(rootDse, "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n");
  const slapd = await startSlapd(
    ["a", "b"].map((uid, at) => person(uid, [`uSNChanged: ${9 + at}`, "mailHost: s1"])).join(""),
    { sessionLog: "none", global: [`rootDSE ${rootDse}`] },
  );
  const admin = await administrator(slapd);
  const change = (uid: string, host: string, usn: number): Promise<void> =>
    admin.modify(
      dnOf(uid),
      [
        ["mailHost", host],
        ["uSNChanged", String(usn)],
      ].map(([type = "", value = ""]) => replacing(type, value)),
    );
  const numbers = { sync: "delta", deltaSeconds: 0.05, compareSeconds: 3600 };
  synced = await syncedStore(settings(slapd, numbers));
  try {
    await synced.start();
    await change("a", "s2", 11);
    await hasHost("a", "s2");
    // A lower number is no news: this is what tells that it goes by them.
    await change("b", "s8", 5);
    await change("a", "s3", 12);
    await hasHost("a", "s3");
    expect(await synced.hosts("b")).toEqual(["s1"]);
    await synced.stop();
    await synced.start();
    await change("a", "s4", 13);
    await hasHost("a", "s4");
    expect(await synced.hosts("b")).toEqual(["s1"]);
    await synced.stop();
    // Numbers of another server mean nothing: everything is read.
    await synced.start({ url: slapd.url.replace("127.0.0.1", "localhost") });
    await hasHost("b", "s8");
  } finally {
    await synced.stop();
    await admin.unbind();
    await slapd.remove();
    folder.remove();
  }
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

  test("is followed: written, put in another's place, with a record that cannot be read", async () => {
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

  test("that is not there removes nothing, and is read when it comes", async () => {
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
