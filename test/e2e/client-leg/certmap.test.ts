import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import {
  type CertificateAuthority,
  type IssuedCertificate,
  LESS_PAST,
  makeAuthority,
} from "../../support/certificate-authority.ts";
import { run } from "../../support/child.ts";
import { tlsClient } from "../../support/clients/tls-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { dovecotExtras, type Extras, MASTER } from "../../support/stores/dovecot-extras.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const mail = (uid: string): string => `${uid}@example.com`;
const withMail = (uid: string) => ({ subject: `/O=Example/CN=${uid}/emailAddress=${mail(uid)}` });

/** The first CA's certificates must be in the entry, the second's lead there by their address alone. */
const CERTMAP = `certmap default default
default:DNComps
default:FilterComps e=mail

certmap strict CN = strict, O = Example
strict:DNComps
strict:FilterComps e=mail
strict:verifycert on
`;
const BY_NAME = `certmap default default
default:DNComps
default:FilterComps cn=uid
`;

let folder: { path: string; remove(): void };
let server: Awaited<ReturnType<typeof makeCertificate>>;
let strict: CertificateAuthority;
let shown: Record<string, IssuedCertificate>;
let slapd: Slapd;
let store: Dovecot;
let extras: Extras;

beforeAll(async () => {
  folder = makeFolder("certmap");
  server = await makeCertificate(folder.path);
  strict = makeAuthority(folder.path, "strict");
  const lax = makeAuthority(folder.path, "lax");
  shown = {
    alice: strict.issue("alice", withMail("alice")),
    renewed: strict.issue("renewed", withMail("alice")),
    revoked: strict.issue("revoked", withMail("alice")),
    expired: strict.issue("expired", { ...withMail("alice"), until: LESS_PAST }),
    foreign: makeAuthority(folder.path, "foreign").issue("foreign-alice", withMail("alice")),
    bob: lax.issue("bob", withMail("bob")),
    twin: lax.issue("twin", withMail("twin")),
    nobody: lax.issue("nobody", withMail("nobody")),
    heir: lax.issue("heir", withMail("heir")),
    shut: lax.issue("shut", withMail("shut")),
    star: lax.issue("star", { subject: "/CN=star/emailAddress=*" }),
    filter: lax.issue("filter", { subject: "/CN=filter/emailAddress=*)(mail=bob@example.com" }),
    nameless: lax.issue("nameless", { subject: "/CN=nameless" }),
  };
  strict.revoke(shown.revoked as IssuedCertificate);
  writeFileSync(join(folder.path, "ca.pem"), `${readFileSync(strict.certFile)}${readFileSync(lax.certFile)}`);
  writeFileSync(join(folder.path, "crl.pem"), strict.revocations() + lax.revocations());
  const der = new X509Certificate(readFileSync((shown.alice as IssuedCertificate).certFile)).raw;
  const at = (uid: string, ...more: string[]) =>
    person(uid, [`mail: ${mail(uid)}`, "mailHost: store", ...more]);
  slapd = await startSlapd(
    [
      at("alice", `userCertificate;binary:: ${der.toString("base64")}`),
      at("bob"),
      at("shut", "inetUserStatus: inactive"),
      // Its first address, and so its account, is that of bob2.
      person("heir", [`mail: ${mail("bob2")}`, `mail: ${mail("heir")}`, "mailHost: store"]),
      person("bob2", [`mail: ${mail("bob2")}`, "mailHost: store"]),
      person("twin1", ["mail: twin@example.com", "mailHost: store"]),
      person("twin2", ["mail: twin@example.com", "mailHost: store"]),
    ].join(""),
  );
  extras = await dovecotExtras();
  const users = ["alice", "bob", "bob2"].map((uid) => ({ login: mail(uid), password: `only ${uid} knows` }));
  store = await startDovecot("store", users, server, extras);
});
afterAll(async () => {
  await Promise.all([store?.remove(), slapd?.remove()]);
  extras?.remove();
  folder?.remove();
});

const LISTENERS = [
  { protocol: "imap", tls: "implicit" },
  { protocol: "imap", tls: "starttls" },
  { protocol: "pop3", tls: "implicit" },
  { protocol: "pop3", tls: "starttls" },
] as const;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("logins by certificate on %s", (runtime) => {
  let edge: AllInOne;

  beforeAll(async () => {
    edge = await allInOne(runtime, {
      users: {},
      directory: {
        url: slapd.url,
        base: BASE,
        filter: "(objectClass=mailUser)",
        bindDn: slapd.bindDn,
        bindPasswordFile: "ldap-password",
        searchAttributes: ["mail", "uid"],
      },
      files: {
        "ldap-password": slapd.bindPassword,
        "admin-password": MASTER.password,
        "certmap.conf": CERTMAP,
        "by-name.conf": BY_NAME,
        vdmap: "vdmap names 127.0.0.2\nnames:CertMap ./by-name.conf\n",
      },
      stores: {
        store: {
          address: "127.0.0.1",
          imap: { port: store.imapPort, tls: "none" },
          pop3: { port: store.pop3Port, tls: "none" },
        },
      },
      instance: {
        mechanisms: ["PLAIN", "EXTERNAL"],
        virtualDomainFile: "vdmap",
        storeAdmin: { user: MASTER.user, passwordFile: "admin-password" },
        tls: {
          certificates: [{ certFile: server.certFile, keyFile: server.keyFile }],
          clientCaFile: join(folder.path, "ca.pem"),
          clientCrlFile: join(folder.path, "crl.pem"),
          certmapFile: "certmap.conf",
        },
        listeners: LISTENERS.map((listener) => ({ address: "0.0.0.0", ...listener })),
      },
    });
  });
  afterAll(() => edge?.stop());

  const connect = (index: number, name: string) => {
    const { protocol, tls } = LISTENERS[index] ?? LISTENERS[0];
    const port = edge.ports[index] ?? 0;
    // Connections to two ports may come from one and the same.
    const localAddress = `127.0.0.${index + 1}`;
    return tlsClient({
      protocol,
      port,
      startTls: tls === "starttls",
      localAddress,
      certificate: shown[name],
    });
  };
  const base64 = (text: string): string => (text === "" ? "=" : Buffer.from(text).toString("base64"));

  /** Sessions that a test has looked at: clients come from the same port again. */
  const seen = new Set<unknown>();
  /** The edge's word on a login by IMAP, and what its log says of it. */
  async function attempt(name: string, authorizationId = "") {
    const client = await connect(0, name);
    const answer = await client.ask(`a AUTHENTICATE EXTERNAL ${base64(authorizationId)}`);
    client.close();
    const line = await edge.session(({ sid, client: from }) => from === client.from && !seen.has(sid));
    seen.add(line.sid);
    const [failure] = (line.failures ?? []) as { code: string; detail?: string }[];
    return { answer: answer.replace(/^\* .*\r\n/gm, ""), line, code: failure?.code };
  }

  test.each([
    [0, "imaps"],
    [1, "imap with STARTTLS"],
  ])("leads to the user's own mailbox, without a password, by listener %i, %s", async (index) => {
    for (const uid of ["alice", "bob"]) {
      const client = await connect(index, uid);
      expect(await client.ask("a AUTHENTICATE EXTERNAL =")).toMatch(/^a OK/m);
      await client.ask("b SELECT INBOX");
      expect(await client.ask("c FETCH 1 BODY[TEXT]")).toContain(mailText(mail(uid), "store"));
      client.close();
    }
    expect(await edge.session(({ account }) => account === mail("alice"))).toMatchObject({
      mechanism: "EXTERNAL",
      store: "store",
      certificate: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test.each([
    [2, "pop3s"],
    [3, "pop3 with STLS"],
  ])("leads there by listener %i, %s", async (index) => {
    const client = await connect(index, "alice");
    expect(await client.ask("AUTH EXTERNAL =")).toMatch(/^\+OK/);
    expect(await client.ask("STAT")).toMatch(/^\+OK 1 /);
    expect(await client.ask("TOP 1 1")).toMatch(/^\+OK/);
    client.close();
  });

  test("serves curl", async () => {
    const { certFile, keyFile } = shown.alice as IssuedCertificate;
    const { output } = await run("curl", [
      ...["-sS", "--max-time", "20", "--cacert", server.caFile, "--cert", certFile, "--key", keyFile],
      ...["--login-options", "AUTH=EXTERNAL", "--user", `${mail("alice")}:`],
      `imaps://localhost:${edge.ports[0]}/INBOX;UID=1`,
    ]);
    expect(output).toContain(mailText(mail("alice"), "store"));
  });

  test("refuses each that is not to be believed or leads to nobody, with its reason in the log and one word to the client", async () => {
    const expected = {
      revoked: "certificate-revoked",
      expired: "certificate-expired",
      foreign: "certificate-untrusted",
      renewed: "certificate-differs",
      twin: "certificate-ambiguous",
      nobody: "certificate-unmapped",
      nameless: "certificate-unmapped",
      star: "certificate-unmapped",
      filter: "certificate-unmapped",
      shut: "account-disabled",
    };
    const results = await Promise.all(
      Object.keys(expected).map(async (name) => ({ name, ...(await attempt(name)) })),
    );
    expect(Object.fromEntries(results.map(({ name, code }) => [name, code]))).toEqual(expected);
    const words = new Set(results.map(({ answer }) => answer));
    expect([...words]).toEqual(["a NO [AUTHENTICATIONFAILED] Authentication failed\r\n"]);
    for (const { line } of results) expect(line).not.toHaveProperty("store");
  });

  test("takes a name that the client gives only where it is the account's own", async () => {
    expect(await attempt("bob", mail("bob"))).toMatchObject({ answer: expect.stringMatching(/^a OK/) });
    expect(await attempt("bob", "bob")).toMatchObject({ answer: expect.stringMatching(/^a OK/) });
    for (const other of [mail("alice"), "alice", mail("nobody"), "*"]) {
      expect(await attempt("bob", other)).toMatchObject({
        answer: expect.stringMatching(/^a NO \[AUTHENTICATIONFAILED\]/),
        code: "certificate-other-user",
        line: { account: mail("bob") },
      });
    }
    expect(await attempt("bob", "a\nb")).toMatchObject({ code: "control-character" });
  });

  test("opens no mailbox whose name two entries claim", async () => {
    for (const name of ["", mail("heir"), mail("bob2")]) {
      expect(await attempt("heir", name)).toMatchObject({
        answer: expect.stringMatching(/^a NO \[UNAVAILABLE\]/),
        line: expect.not.objectContaining({ store: expect.anything() }),
      });
    }
    expect(await attempt("heir", mail("heir"))).toMatchObject({ code: "store-name-not-own" });
  });

  test("goes by the map of the virtual domain", async () => {
    const ask = async (host: string): Promise<string> => {
      const { certFile, keyFile } = shown.renewed as IssuedCertificate;
      const { output } = await run("curl", [
        ...["-sS", "--max-time", "20", "--insecure", "--cert", certFile, "--key", keyFile],
        ...["--login-options", "AUTH=EXTERNAL", "--user", "alice:"],
        `imaps://${host}:${edge.ports[0]}/INBOX;UID=1`,
      ]);
      return output;
    };
    expect(await ask("127.0.0.2")).toContain(mailText(mail("alice"), "store"));
    expect(await ask("127.0.0.1")).toContain("Login denied");
  });
});
