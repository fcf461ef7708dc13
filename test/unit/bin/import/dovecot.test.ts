import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importConfiguration } from "../../../../bin/import/import.ts";
import { readInput } from "../../../../bin/import/input.ts";
import { field, fileText, findings, importTexts } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../../../fixtures/import/", import.meta.url));

describe.each(["dovecot", "dovecot-2.4"])("the files in %s", (name) => {
  test("become mmp.yaml, users and a report", async () => {
    const folder = `${FIXTURES}${name}/`;
    const { kind, files } = readInput([folder], undefined);
    expect(kind).toBe("dovecot");
    const result = importConfiguration(kind, files);
    const local = (file: string): string => fileText(result, file).replaceAll(folder, "");
    await expect(local("mmp.yaml")).toMatchFileSnapshot(`${folder}expected.yaml.txt`);
    await expect(local("import-report.txt")).toMatchFileSnapshot(`${folder}expected-report.txt`);
    if (result.files.has("users.ldif"))
      await expect(local("users.ldif")).toMatchFileSnapshot(`${folder}expected-users.ldif.txt`);
  });
});

const dovecot = (text: string) => importTexts("dovecot", { "dovecot.conf": text });
const passdb = (driver: string, args: string) => `passdb {\n driver = ${driver}\n args = ${args}\n}\n`;
const STATIC = passdb("static", "proxy=y host=10.1.0.1 nopassword=y");
const listener = (port: number, tls: string, others: object = {}) => ({
  protocol: "imap",
  address: "::",
  port,
  tls,
  ...others,
});

test("a master user is the store administrator, with its password in a file of its own", () => {
  const result = importConfiguration("dovecot", readInput([`${FIXTURES}dovecot-2.4`], undefined).files);
  expect(fileText(result, "secrets/store-admin")).toBe("master secret\n");
});

test("a static host is a thing to do, with its port and TLS", () => {
  const result = dovecot(
    `protocols = imap\n${passdb("static", "proxy=y host=10.1.0.1 port=1143 ssl=any-cert")}`,
  );
  expect(result.draft.todos.join("\n")).toMatch(/Every user was sent to 10\.1\.0\.1/);
  expect(field(result, "stores")).toEqual({
    "*": { imap: { port: 1143, tls: "implicit" }, verifyCertificate: false },
  });
});

test("a database is a thing to do, with its line", () => {
  const result = dovecot(`passdb {\n driver = sql\n args = /etc/dovecot/sql\n default_fields = proxy=y\n}\n`);
  expect(result.draft.todos.join("\n")).toMatch(/^passdb sql \(dovecot\.conf:1\): a database is not read\./m);
  expect(findings(result, "passdb sql")).toMatchObject([{ fate: "changed", place: { line: 1 } }]);
});

test("files of passdbs that are not on this machine are things to do", () => {
  const ldap = dovecot(`passdb {\n driver = ldap\n args = /none/ldap.ext\n default_fields = proxy=y\n}\n`);
  expect(ldap.draft.todos.join("\n")).toMatch(/\/none\/ldap\.ext is not on this machine/);
  expect(ldap.draft.assumed.join("\n")).toMatch(/^directory\.base is/m);
  const users = dovecot(
    `passdb {\n driver = passwd-file\n args = /none/users\n default_fields = proxy=y\n}\n`,
  );
  expect(users.draft.todos.join("\n")).toMatch(/copy \/none\/users to this machine/);
});

test("an LDAP passdb of version 2.4 is read in place", () => {
  const result = dovecot(`
ldap_uris = ldaps://ldap.example.com
ldap_base = dc=example,dc=com
passdb ldap {
  filter = (&(objectClass=mailUser)(uid=%{user | username | lower}))
  fields {
    proxy = y
    host = %{ldap:mailHost}
    user = %{ldap:uid}
  }
}
`);
  expect(field(result, "directory")).toMatchObject({
    url: "ldaps://ldap.example.com",
    base: "dc=example,dc=com",
    loginAttributes: ["uid"],
    accountAttributes: ["uid"],
    mailHostAttributes: ["mailHost"],
    filter: "(&(mailHost=*)(objectClass=mailUser))",
  });
  expect(result.draft.todos.join("\n")).toMatch(/set directory\.caFile/);
});

test.each([
  ["defaults, without a certificate", "", [listener(143, "none")]],
  ["ssl = no", "ssl = no\nssl_cert = </a\nssl_key = </b", [listener(143, "none")]],
  ["a certificate", "ssl_cert = </a\nssl_key = </b", [listener(143, "starttls"), listener(993, "implicit")]],
  ["one family", "listen = 10.0.0.1", [listener(143, "none", { address: "10.0.0.1" })]],
  [
    "a listener of another name",
    "service imap-login {\n inet_listener imap {\n port = 0\n }\n inet_listener other {\n port = 1143\n }\n}",
    [listener(1143, "none")],
  ],
  [
    "PROXY headers from anywhere",
    "service imap-login {\n inet_listener imap {\n haproxy = yes\n }\n}",
    [listener(143, "none", { proxyProtocol: "any", trustedProxies: [] })],
  ],
])("listeners: %s", (_what, text, expected) => {
  expect(field(dovecot(`protocols = imap\n${STATIC}${text}\n`), "instances.main.listeners")).toEqual(
    expected,
  );
});

test.each([
  ["", /^dovecot\.conf:1: no passdb has proxy=y/],
  [passdb("pam", "x"), /^dovecot\.conf:1: no passdb has proxy=y/],
  [`protocols = lmtp\n${STATIC}`, /^dovecot\.conf:1: has no IMAP or POP3 listener/],
  ["passdb {\n", /^dovecot\.conf:1: this section is never closed/],
  ["\n}", /^dovecot\.conf:2: } without a section/],
  ["a b", /^dovecot\.conf:1: expected name = value/],
])("%j is refused with file and line", (text, message) => {
  expect(() => dovecot(text)).toThrow(message);
});

test("what doveconf -n prints is recognised under any name", () => {
  const path = join(mkdtempSync(join(tmpdir(), "mmp-import-dovecot-")), "proxy.out");
  writeFileSync(path, `# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n${STATIC}`);
  expect(readInput([path], undefined).kind).toBe("dovecot");
});
