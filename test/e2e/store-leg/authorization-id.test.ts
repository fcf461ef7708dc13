import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { logIn, type Protocol } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { startCourier, whyNoCourier } from "../../support/stores/courier.ts";
import { type CourierStore, courierStore } from "../../support/stores/courier-store.ts";
import { startCyrus } from "../../support/stores/cyrus.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { dovecotExtras, type Extras, MASTER } from "../../support/stores/dovecot-extras.ts";
import { whyNoStore } from "../../support/stores/unpacked.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const PASSWORD = "correct horse";
const TESTER = "tester@example.com";
const mail = (uid: string): string => `${uid}@example.com`;
/** By the store that they are on. */
const PEOPLE = { alice: "dovecot", bob: "courier", carol: "untested" };
const USERS = [
  // Only the directory knows her password.
  { login: mail("alice"), password: "what nobody types" },
  { login: TESTER, password: "tester's" },
];

let folder: { path: string; remove(): void };
let dovecot: Dovecot;
let extras: Extras;
let slapd: Slapd;
const courier: Partial<Record<Protocol, CourierStore>> = {};

beforeAll(async () => {
  folder = makeFolder("authorization-id");
  extras = await dovecotExtras();
  dovecot = await startDovecot("store", USERS, await makeCertificate(folder.path), extras);
  const passwords = {
    [MASTER.user]: MASTER.password,
    [mail("bob")]: PASSWORD,
    [mail("carol")]: PASSWORD,
    [TESTER]: "tester's",
  };
  courier.imap = await courierStore("imap", passwords);
  courier.pop3 = await courierStore("pop3", passwords);
  const entries = Object.entries(PEOPLE).map(([uid, host]) =>
    person(uid, [`mail: ${mail(uid)}`, `userPassword: ${PASSWORD}`, `mailHost: ${host}`]),
  );
  slapd = await startSlapd(entries.join(""));
});
afterAll(async () => {
  await Promise.all([dovecot?.remove(), courier.imap?.close(), courier.pop3?.close(), slapd?.remove()]);
  extras?.remove();
  folder?.remove();
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("before logins on users' behalf on %s", (runtime) => {
  let edge: AllInOne;
  beforeAll(async () => {
    const at = (imap: number, pop3: number, more: object = {}): object => ({
      address: "127.0.0.1",
      imap: { port: imap, tls: "none" },
      pop3: { port: pop3, tls: "none" },
      replay: "admin",
      ...more,
    });
    const own = { user: MASTER.user, passwordFile: "admin-password" };
    edge = await allInOne(runtime, {
      users: {},
      directory: {
        url: slapd.url,
        base: BASE,
        filter: "(objectClass=mailUser)",
        bindDn: slapd.bindDn,
        bindPasswordFile: "ldap-password",
      },
      files: {
        "ldap-password": slapd.bindPassword,
        "admin-password": MASTER.password,
        "probe-password": "tester's",
      },
      stores: {
        dovecot: at(dovecot.imapPort, dovecot.pop3Port),
        courier: at(courier.imap?.port ?? 0, courier.pop3?.port ?? 0),
        untested: at(courier.imap?.port ?? 0, courier.pop3?.port ?? 0, { storeAdmin: own }),
      },
      instance: {
        preAuth: true,
        storeAdmin: { ...own, probe: { user: TESTER, passwordFile: "probe-password" } },
        listeners: [{ protocol: "imap" }, { protocol: "pop3" }],
      },
    });
  });
  afterAll(() => edge?.stop());

  async function open(protocol: Protocol, uid: string) {
    const client = await lineClient(edge.ports[protocol === "imap" ? 0 : 1] ?? 0);
    await client.until(/^(\* OK|\+OK).*\r\n/);
    return { client, answer: await logIn(client, protocol, "PLAIN", mail(uid), PASSWORD) };
  }

  test.each(["imap", "pop3"] as const)(
    "a store that obeys the authorisation id is used by %s",
    async (protocol) => {
      const { client, answer } = await open(protocol, "alice");
      expect(answer).toMatch(protocol === "imap" ? /^a OK/m : /^\+OK/);
      if (protocol === "imap") {
        client.send("b SELECT INBOX\r\nc FETCH 1 BODY[TEXT]\r\n");
        expect(await client.until(/^c OK.*\r\n/m)).toContain(mailText(mail("alice"), "store"));
      }
      client.socket.destroy();
    },
  );

  test.each<[Protocol, string, string]>([
    ["imap", "bob", "courier"],
    ["pop3", "bob", "courier"],
    ["imap", "carol", "untested"],
    ["pop3", "carol", "untested"],
  ])(
    "a store that ignores it opens the administrator's mailbox to nobody: %s for %s",
    async (protocol, uid, name) => {
      const store = courier[protocol];
      const before = store?.opened.length ?? 0;
      for (let logins = 0; logins < 2; logins++) {
        const { client, answer } = await open(protocol, uid);
        expect(answer).toMatch(protocol === "imap" ? /^a NO \[UNAVAILABLE\]/m : /^-ERR \[SYS\/TEMP\]/);
        client.socket.destroy();
      }
      // The one trial; the second login asks nobody.
      expect(store?.opened.slice(before)).toEqual([name === "courier" ? TESTER : mail(uid)]);
      expect(store?.opened).not.toContain(MASTER.user);
      const line = JSON.parse(
        await edge.child.line(
          (text) =>
            text.includes("ignores SASL") &&
            text.includes(`"store":"${name}"`) &&
            text.includes(`:${store?.port}"`),
        ),
      );
      expect(line).toMatchObject({ level: 50, store: name, host: `127.0.0.1:${store?.port}` });
      await edge.session(({ failures = "" }) =>
        JSON.stringify(failures).includes("store-ignores-authorization-id"),
      );
    },
  );

  test("mmp check --connect names them", async () => {
    const [command = "", ...args] = RUNTIMES[runtime];
    const file = join(edge.folder, "mmp.yaml");
    const { code, output } = await run(command, [...args, "check", "--config", file, "--connect"]);
    expect(code).toBe(1);
    const { imapPort, pop3Port } = dovecot;
    for (const line of [
      `administrator at store dovecot, imap on 127.0.0.1 port ${imapPort}: the store obeys SASL's authorisation id`,
      `administrator at store dovecot, pop3 on 127.0.0.1 port ${pop3Port}: the store obeys SASL's authorisation id`,
      `administrator at store courier, imap on 127.0.0.1 port ${courier.imap?.port}: the store ignores SASL's authorisation id`,
      `administrator at store courier, pop3 on 127.0.0.1 port ${courier.pop3?.port}: the store ignores SASL's authorisation id`,
    ]) {
      expect(output).toContain(line);
    }
    expect(output).not.toContain("administrator at store untested");
  });

  test("no password is in the log", () => {
    const written = `${edge.child.lines.join("\n")}${readFileSync(join(edge.folder, "mmp.yaml"), "utf8")}`;
    for (const secret of [PASSWORD, MASTER.password, "tester's"]) expect(written).not.toContain(secret);
  });
});

/** What `mmp check --connect` says of a store with these users. */
async function checked(ports: { imapPort: number; pop3Port: number }): Promise<string> {
  const { path, remove } = makeFolder("check-connect");
  writeFileSync(join(path, "secret"), PASSWORD);
  const account = { user: TESTER, passwordFile: "secret" };
  const file = join(path, "mmp.yaml");
  writeFileSync(
    file,
    stringify({
      routeApi: { tokenFile: "secret" },
      stores: {
        real: {
          address: "127.0.0.1",
          imap: { port: ports.imapPort, tls: "none" },
          pop3: { port: ports.pop3Port, tls: "none" },
        },
      },
      instances: {
        main: {
          listeners: [
            { protocol: "imap", port: 1143 },
            { protocol: "pop3", port: 1110 },
          ],
          storeAdmin: { user: ADMINISTRATOR, passwordFile: "secret", probe: account },
        },
      },
    }),
  );
  const [command, ...args] = RUNTIMES.bun;
  const { output } = await run(command, [...args, "check", "--config", file, "--connect"]);
  remove();
  return output;
}
const ADMINISTRATOR = "admin@example.com";
const REAL_USERS = [TESTER, ADMINISTRATOR].map((login) => ({ login, password: PASSWORD }));

const noCourier = whyNoCourier();
test.skipIf(noCourier !== undefined)(
  `Courier is seen to ignore it${noCourier ? `: ${noCourier}` : ""}`,
  async () => {
    const store = await startCourier(REAL_USERS, "Mail.");
    const output = await checked(store);
    await store.remove();
    expect(output).toContain(
      `administrator at store real, imap on 127.0.0.1 port ${store.imapPort}: the store ignores SASL's authorisation id`,
    );
    expect(output).toContain(
      `administrator at store real, pop3 on 127.0.0.1 port ${store.pop3Port}: the store ignores SASL's authorisation id`,
    );
  },
);

const noCyrus = whyNoStore("cyrus");
test.skipIf(noCyrus !== undefined)(`Cyrus is seen to obey it${noCyrus ? `: ${noCyrus}` : ""}`, async () => {
  const store = await startCyrus(REAL_USERS, 10, "Mail.");
  const output = await checked(store);
  await store.remove();
  expect(output).toContain(
    `administrator at store real, imap on 127.0.0.1 port ${store.imapPort}: the store obeys SASL's authorisation id`,
  );
  expect(output).toContain(
    `administrator at store real, pop3 on 127.0.0.1 port ${store.pop3Port}: the store obeys SASL's authorisation id`,
  );
});
