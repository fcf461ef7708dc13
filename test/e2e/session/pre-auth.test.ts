import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { logIn, type Protocol } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { dovecotExtras, type Extras, MASTER } from "../../support/stores/dovecot-extras.ts";
import { type RecordingStore, recordingStore } from "../../support/stores/recording-store.ts";
import { eventually } from "../../support/wait.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";
import { examplesOf } from "../../unit/docs/examples.ts";

const PASSWORD = "correct horse";
const LINE = /^\d{8} \d{6} \(sid (0x[0-9a-f]+)\) user (\S+) pre-authenticated - client (127\.0\.0\.1)$/;
const mail = (uid: string): string => `${uid}@example.com`;
/** Its second name is, without the domain, another's first. */
const EVE = person("eve", [
  `mail: ${mail("eve")}`,
  "mailAlternateAddress: bob@other.example",
  `userPassword: ${PASSWORD}`,
  "mailHost: admin",
]);
const people = ["alice", "bob", "carol", "dave"].map((uid, index) =>
  person(uid, [
    `mail: ${mail(uid)}`,
    `userPassword: ${PASSWORD}`,
    `mailHost: ${["plain", "admin", "recorder", "plain"][index]}`,
  ]),
);

/** Its first address is another's too: by its second one it would be given that one's account. */
const TWIN = person("twin", [
  `mail: ${mail("carl")}`,
  `mail: ${mail("twin")}`,
  `userPassword: ${PASSWORD}`,
  "mailHost: admin",
]);
const CARL = person("carl", [`mail: ${mail("carl")}`, `userPassword: ${PASSWORD}`, "mailHost: admin"]);

/** The page's own example is what runs here. */
const [page] = examplesOf("pre-authentication.md");
const example = parse(page?.text ?? "") as { instances: { main: object } };

let folder: { path: string; remove(): void };
let store: Dovecot;
let extras: Extras;
let recorder: RecordingStore;

beforeAll(async () => {
  folder = makeFolder("pre-auth");
  extras = await dovecotExtras();
  recorder = await recordingStore("recorder", "imap");
  const users = [
    { login: mail("alice"), password: PASSWORD },
    // Only the directory knows this one's.
    { login: mail("bob"), password: "what nobody types" },
    { login: mail("eve"), password: "nor this" },
    { login: mail("carl"), password: "nor that" },
  ];
  store = await startDovecot("store", users, await makeCertificate(folder.path), extras);
});
afterAll(async () => {
  await Promise.all([store?.remove(), recorder?.close()]);
  extras?.remove();
  folder?.remove();
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("pre-authentication on %s", (runtime) => {
  let edge: AllInOne;
  let slapd: Slapd;
  let ports: Record<Protocol, number>;

  beforeAll(async () => {
    slapd = await startSlapd(people.join("") + EVE + TWIN + CARL);
    const services = {
      address: "127.0.0.1",
      imap: { port: store.imapPort, tls: "none" },
      pop3: { port: store.pop3Port, tls: "none" },
    };
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
        vdmap: "vdmap renaming 127.0.0.2\nrenaming:ReplayFormat %U@example.com\n",
      },
      stores: {
        plain: services,
        admin: { ...services, replay: "admin" },
        recorder: { address: "127.0.0.1", imap: { port: recorder.port, tls: "none" } },
      },
      instance: {
        ...example.instances.main,
        storeAdmin: { user: MASTER.user, passwordFile: "admin-password" },
        virtualDomainFile: "vdmap",
        listeners: [{ protocol: "imap", address: "0.0.0.0" }, { protocol: "pop3" }],
      },
    });
    const [imap = 0, pop3 = 0] = edge.ports;
    ports = { imap, pop3 };
  });
  afterAll(async () => {
    await edge?.stop();
    await slapd?.remove();
  });

  /** The edge's word on a login; `uid` says who wants in. */
  const login = async (uid: string, password = PASSWORD, protocol: Protocol = "imap"): Promise<string> => {
    const client = await lineClient(ports[protocol]);
    await client.until(/^(\* OK|\+OK).*\r\n/);
    const answer = await logIn(client, protocol, "PLAIN", mail(uid), password);
    client.socket.destroy();
    return answer;
  };
  const lines = (): string[] =>
    readFileSync(join(edge.folder, "pre-auth.log"), "utf8").split("\n").slice(0, -1);
  const failure = async (code: string, uid: string) =>
    edge.session(
      ({ account, failures = "" }) =>
        account === mail(uid) && JSON.stringify(failures).includes(`"code":"${code}"`),
    );

  test("lets in whom the directory knows, and writes the old log's line and a JSON one", async () => {
    expect(await login("alice")).toMatch(/^a OK/m);
    expect(await login("alice", PASSWORD, "pop3")).toMatch(/^\+OK/m);
    const [first = "", second = ""] = await eventually(
      () => (lines().length < 2 ? undefined : lines()),
      "two lines",
    );
    const [, sid, user] = LINE.exec(first) ?? [];
    expect([first, user]).toEqual([expect.stringMatching(LINE), mail("alice")]);
    expect(LINE.exec(second)?.[1]).not.toBe(sid);
    const told = JSON.parse(await edge.child.line((line) => line.includes('"pre-authenticated"')));
    expect(told).toMatchObject({ instance: "main", user: mail("alice"), client: "127.0.0.1", line: first });
    // The number is that of the session's line.
    const process = String(told.sid).split("-")[0];
    expect(sid).toMatch(new RegExp(`^0x${process}`));
  });

  test("a store may be asked by its administrator in place of the password: the user's own mailbox", async () => {
    const client = await lineClient(ports.imap);
    await client.until(/^\* OK.*\r\n/);
    expect(await logIn(client, "imap", "command", mail("bob"), PASSWORD)).toMatch(/^a OK/m);
    client.send("b SELECT INBOX\r\nc FETCH 1 BODY[TEXT]\r\n");
    expect(await client.until(/^c OK.*\r\n/m)).toContain(mailText(mail("bob"), "store"));
    client.socket.destroy();
    expect(await login("bob", PASSWORD, "pop3")).toMatch(/^\+OK/m);
    expect(await login("bob", "what nobody types")).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/m);
  });

  test("the administrator goes by the account, not by a name of it that the client picked", async () => {
    const client = await lineClient(ports.imap, "127.0.0.2");
    await client.until(/^\* OK.*\r\n/);
    expect(await logIn(client, "imap", "PLAIN", "bob@other.example", PASSWORD)).toMatch(/^a OK/m);
    client.send("b SELECT INBOX\r\nc FETCH 1 BODY[TEXT]\r\n");
    expect(await client.until(/^c OK.*\r\n/m)).toContain(mailText(mail("eve"), "store"));
    client.socket.destroy();
  });

  test("the administrator opens no mailbox whose name two entries claim", async () => {
    expect(await login("twin")).toMatch(/^a NO \[UNAVAILABLE\]/m);
    expect(await login("twin", PASSWORD, "pop3")).toMatch(/^-ERR \[SYS\/TEMP\]/m);
    const line = await edge.session(({ login: name }) => name === mail("twin"));
    expect(line).not.toHaveProperty("store");
    expect(line.failures).toMatchObject([
      {
        code: "store-name-not-own",
        detail: `"${mail("carl")}" is claimed by uid=carl,${BASE}; uid=twin,${BASE}`,
      },
    ]);
    // By its own name it is ambiguous already.
    expect(await login("carl")).toMatch(/^a NO \[UNAVAILABLE\]/m);
  });

  test("ends a login at the edge where the directory calls the password wrong: no store hears of it", async () => {
    const heard = recorder.lines.length;
    const wrong = await login("carol", "wrong");
    expect(wrong).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/m);
    expect(await login("nobody", "wrong")).toBe(wrong);
    expect(await login("carol", "not\xffUTF-8")).toBe(wrong);
    expect(await failure("pre-auth-refused", "carol")).not.toHaveProperty("store");
    expect(recorder.lines.length).toBe(heard);
    expect(lines().join("\n")).not.toContain(mail("carol"));
  });

  test("knows a right password for a while; without the directory any other is a temporary failure", async () => {
    expect(await login("alice")).toMatch(/^a OK/m);
    await slapd.stop();
    expect(await login("alice")).toMatch(/^a OK/m);
    expect(await login("alice", "wrong")).toMatch(/^a NO \[UNAVAILABLE\]/m);
    expect(await login("dave")).toMatch(/^a NO \[UNAVAILABLE\]/m);
    expect(await login("dave", PASSWORD, "pop3")).toMatch(/^-ERR \[SYS\/TEMP\]/m);
    expect(await failure("pre-auth-unavailable", "dave")).not.toHaveProperty("store");
    await slapd.start();
  });

  test("forgets it when the entry changes: an old password is good no longer", async () => {
    slapd.modify(
      `dn: uid=alice,${BASE}\nchangetype: modify\nreplace: userPassword\nuserPassword: a new one\n`,
    );
    // The sync follows by itself; each login asks for the route anew.
    let answer = "";
    for (const deadline = Date.now() + 20_000; Date.now() < deadline && !answer.includes(" NO "); ) {
      answer = await login("alice");
    }
    expect(answer).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/m);
    expect(await failure("pre-auth-refused", "alice")).toBeDefined();
  });

  test("writes no password down", () => {
    const written = edge.child.lines.join("\n") + lines().join("\n");
    for (const password of [PASSWORD, "what nobody types", MASTER.password]) {
      expect(written).not.toContain(password);
    }
  });
});
