import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { freePort, makeCertificate, makeFolder } from "../../support/workspace.ts";
import { put } from "../../support/writes.ts";
import { type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

const folder = makeFolder("refusals");
let slapd: Slapd;
let tls: { certFile: string; keyFile: string; caFile: string };
/** A store with every account of this directory in it. */
let full: SyncedStore;
let client: { certFile: string; keyFile: string; caFile: string };

const UIDS = Array.from({ length: 30 }, (_, index) => `u${String(index).padStart(2, "0")}`);
const READER = "cn=reader,dc=example,dc=com";

beforeAll(async () => {
  tls = await makeCertificate(folder.path);
  const other = makeFolder("refusals-client");
  client = await makeCertificate(other.path, ["sync"]);
  // One CA file that knows both CAs: the server's own, and that of its clients.
  slapd = await startSlapd(
    [
      ...UIDS.map((uid) => person(uid, [`mail: ${uid}@x.com`, "mailHost: s1"])),
      `dn: ${READER}\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: reader's\n\n`,
      "dn: ou=shut,dc=example,dc=com\nobjectClass: organizationalUnit\nou: shut\n\n",
    ].join(""),
    {
      tls: { ...tls, caFile: client.caFile },
      global: ["TLSVerifyClient try", 'authz-regexp "cn=sync" "cn=reader,dc=example,dc=com"', "require bind"],
      database: [
        `access to dn.subtree="ou=shut,dc=example,dc=com" by * disclose`,
        `access to attrs=userPassword by anonymous auth by * none`,
        `access to * by dn.exact="${READER}" read by * none`,
        `limits dn.exact="${READER}" size.soft=10 size.hard=10 size.pr=none size.prtotal=unlimited`,
      ],
    },
  );
  full = await syncedStore(settings(slapd));
  expect(await full.once()).toMatchObject({ written: 30 });
});
afterAll(async () => {
  await full.close();
  await slapd.remove();
});

/** Files are made before the tests, but after the table of them. */
type Change = () => object;
const shut = { base: "ou=shut,dc=example,dc=com", bindDn: READER, filter: "(objectClass=*)" };

describe("a directory that refuses removes nothing, and the status says why", () => {
  const ADMIN = "directory secret";
  const table: [name: string, password: string, change: Change, code: string][] = [
    ["no access", "reader's", () => ({ ...shut, sync: "compare" }), "no-access"],
    // In this mode slapd says of a base that may not be read that it is not there.
    ["no access, RFC 4533", "reader's", () => shut, "no-such-base"],
    ["a wrong base", ADMIN, () => ({ base: "ou=nowhere,dc=example,dc=com" }), "no-such-base"],
    ["a wrong password", "wrong", () => ({}), "bind"],
    ["a size limit without paging", "reader's", () => ({ bindDn: READER, sync: "syncrepl" }), "limit"],
    ["a certificate of an unknown CA", ADMIN, () => ({ startTls: true, caFile: client.caFile }), "tls"],
    [
      "a certificate of another name",
      ADMIN,
      () => ({ startTls: true, caFile: tls.caFile, serverName: "other.example" }),
      "tls",
    ],
    [
      "no certificate for EXTERNAL",
      "",
      () => ({ bind: "external", startTls: true, caFile: tls.caFile }),
      "bind",
    ],
  ];
  test.each(table)("%s", async (_name, password, change, code) => {
    const synced = await syncedStore(settings(slapd, change()), password);
    try {
      // As if another sync had filled the table: a refusal could do harm.
      const entries = [];
      for await (const entry of full.store.entries()) entries.push(entry);
      await put(synced.store, entries);
      await synced.start();
      const failure = await until("a failure", async () => (await synced.status()).failure);
      expect(failure).toMatchObject({ code });
      expect((await synced.status()).state).toBe("failing");
      await synced.stop();
      await expect(synced.once()).rejects.toMatchObject({ code });
      expect(await synced.accounts()).toHaveLength(30);
    } finally {
      await synced.close();
    }
  });
});

test.each([
  ["StartTLS", () => ({ startTls: true, caFile: tls.caFile })],
  ["LDAPS", () => ({ url: slapd.ldapsUrl, caFile: tls.caFile })],
  [
    "LDAPS by the name in the certificate",
    () => ({ url: slapd.ldapsUrl.replace("127.0.0.1", "localhost"), caFile: tls.caFile }),
  ],
  [
    "LDAPS under another name that is told",
    () => ({ url: slapd.ldapsUrl, caFile: tls.caFile, serverName: "localhost" }),
  ],
])("reads over %s", async (_name, change) => {
  const synced = await syncedStore(settings(slapd, change()));
  expect(await synced.once()).toMatchObject({ written: 30 });
  await synced.close();
});

test.each([
  ["StartTLS", () => ({ startTls: true })],
  ["LDAPS", () => ({ url: slapd.ldapsUrl })],
])("binds by its certificate over %s", async (_name, change) => {
  const { certFile, keyFile } = client;
  const external = { bind: "external", caFile: tls.caFile, certFile, keyFile, sync: "compare", pageSize: 7 };
  const synced = await syncedStore(settings(slapd, { ...external, ...change() }), "");
  expect(await synced.once()).toMatchObject({ written: 30 });
  await synced.close();
});

test("reads page by page what a size limit would cut off", async () => {
  const synced = await syncedStore(
    settings(slapd, { bindDn: READER, sync: "delta", pageSize: 7 }),
    "reader's",
  );
  expect(await synced.once()).toMatchObject({ read: 30, written: 30 });
  await synced.close();
});

test("goes to the next server where one is out, and says what was wrong with each where all are", async () => {
  const nowhere = `ldap://127.0.0.1:${await freePort()}`;
  const synced = await syncedStore(settings(slapd, { url: [nowhere, slapd.url] }));
  expect(await synced.once()).toMatchObject({ written: 30 });
  await expect(synced.once({ url: [nowhere, nowhere.replace("127.0.0.1", "localhost")] })).rejects.toThrow(
    /127\.0\.0\.1.*ECONNREFUSED.*; .*localhost/,
  );
  await synced.close();
});

test("goes on by the next server when the one that it follows goes away", async () => {
  const target = Number(new URL(slapd.url).port);
  const legs = new Set<Socket>();
  const front = createServer((socket) => {
    const leg = connect(target, "127.0.0.1");
    for (const one of [socket, leg]) legs.add(one.on("error", () => undefined));
    socket.pipe(leg).pipe(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  const synced = await syncedStore(settings(slapd, { url: [`ldap://127.0.0.1:${port}`, slapd.url] }));
  await synced.start();
  expect(legs.size).toBe(2);
  front.close();
  for (const leg of legs) leg.destroy();
  slapd.modify("dn: uid=u07,dc=example,dc=com\nchangetype: modify\nreplace: mailHost\nmailHost: s7\n");
  await until("the change", async () => (await synced.hosts("u07"))?.[0] === "s7");
  await synced.close();
});
