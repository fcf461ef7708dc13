import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfiguration, parseConfiguration } from "../../../../bin/config/load.ts";
import { formatMistake } from "../../../../bin/config/mistakes.ts";
import { makeCertificate, PROJECT } from "../../../support/workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-config-"));
for (const name of ["token", "users.ldif"]) writeFileSync(join(folder, name), "x\n");
const FILE = join(folder, "mmp.yaml");

const GOOD = `routeStore: { sqlite: routes.db }
directory: { ldif: users.ldif }
routeApi: { tokenFile: token }
stores:
  "*": { imap: { port: 143, tls: none }, allowClearText: true }
instances:
  main:
    listeners:
      - { protocol: imap, port: 1143 }
`;

const mistakes = (text: string): string[] => {
  const result = parseConfiguration(FILE, text);
  return result.ok ? [] : result.mistakes.map((mistake) => formatMistake(mistake).replace(`${folder}/`, ""));
};

test("takes a small configuration, with defaults, and makes paths absolute", () => {
  const result = parseConfiguration(FILE, GOOD);
  expect(result).toMatchObject({
    ok: true,
    configuration: {
      routeStore: { sqlite: join(folder, "routes.db") },
      routeApi: { listen: "127.0.0.1:8080", tokenFile: join(folder, "token") },
      instances: { main: { limits: { loginSeconds: 60 }, routeCache: { freshSeconds: 60 } } },
    },
  });
});

test.each([
  ["port: 1143", "port: 70000", "mmp.yaml:9:27 instances.main.listeners[0].port:"],
  ["port: 1143", "prot: 1143", "mmp.yaml:9:27 instances.main.listeners[0].prot: is not a known field"],
  [
    "protocol: imap",
    "protocol: smtp",
    "mmp.yaml:9:11 instances.main.listeners[0].protocol: must be one of imap, pop3",
  ],
  ["tokenFile: token", "tokenFile: nowhere", "mmp.yaml:3:13 routeApi.tokenFile:"],
  [
    "protocol: imap",
    "protocol: pop3",
    "mmp.yaml:9:11 instances.main.listeners[0].protocol: nothing in stores serves pop3",
  ],
  [
    "1143 }",
    "1143, tls: implicit }",
    "mmp.yaml:9:39 instances.main.listeners[0].tls: needs a certificate in instances.main.tls",
  ],
  [
    "1143 }",
    "1143, tls: starttls, proxyProtocol: optional, trustedProxies: [10.0.0.1] }",
    "mmp.yaml:9:54 instances.main.listeners[0].proxyProtocol: optional needs tls: implicit:",
  ],
  ["stores:", "stroes:", "mmp.yaml:4:1 stroes: is not a known field; did you mean stores?"],
])("names file, line and field: %j → %j", (before, after, expected) => {
  const found = mistakes(GOOD.replace(before, after));
  expect(found.some((line) => line.startsWith(expected))).toBe(true);
});

test("names every mistake, not only the first", () => {
  const text = GOOD.replace("port: 1143", "port: x").replace("tokenFile: token", "tokenFile: 3");
  expect(mistakes(text).length).toBeGreaterThanOrEqual(2);
});

test("names the place of broken YAML", () => {
  expect(mistakes("routeStore: { sqlite: x\nstores: [")[0]).toMatch(/^mmp\.yaml:\d+:\d+:? /);
});

test("names the line of a byte that is not UTF-8, and a file that is not there", () => {
  const file = join(folder, "latin1.yaml");
  writeFileSync(file, Buffer.from("# as usual\ndirectory: { base: o=M\xfcnchen }\n", "latin1"));
  const found = loadConfiguration(file);
  expect(found.ok ? [] : found.mistakes.map(formatMistake)).toEqual([
    `${file}:2:23: the byte 0xFC is not UTF-8; save the file in UTF-8`,
  ]);
  const absent = loadConfiguration("mmp.yaml");
  expect(absent.ok ? [] : absent.mistakes.map(formatMistake)).toEqual([
    "mmp.yaml: does not exist here; name a file by --config or MMP_CONFIG",
  ]);
});

test.each([
  ["stores:", "edge: {}\nedge: {}\nstores:", "mmp.yaml:5:1: edge is already set in the same map"],
  [
    "port: 1143 }",
    'port: 1143 }\n      - { protocol: imap, port: 1143, address: "0.0.0.0" }',
    "mmp.yaml:10:27 instances.main.listeners[1].port: 0.0.0.0:1143 is already used by instances.main.listeners[0].port",
  ],
  [
    "port: 1143 }",
    "port: 8080, address: 127.0.0.1 }",
    "mmp.yaml:3:1 routeApi.listen: 127.0.0.1:8080 is already used by instances.main.listeners[0].port",
  ],
  [
    "{ ldif: users.ldif }",
    "{ url: ldaps://x, base: o=x, startTls: true }",
    "mmp.yaml:2:41 directory.startTls: is for ldap:// only; ldaps:// uses TLS from the start",
  ],
  [
    "{ ldif: users.ldif }",
    "{ ldif: users.ldif, base: o=x }",
    "mmp.yaml:2:32 directory.base: is not allowed beside ldif",
  ],
  [
    "port: 143,",
    "port: 143, implicitTls: yes,",
    "mmp.yaml:5:29 stores.*.imap.implicitTls: is not a known field",
  ],
])("says at once: %j → %j", (before, after, expected) => {
  expect(mistakes(GOOD.replace(before, after)).map((line) => line.replaceAll(`${folder}/`, ""))).toContain(
    expected,
  );
});

test.each([
  ["", "is empty"],
  ["\n", "is empty"],
  ["one\ntwo\n", "has 2 lines; a secret is one line"],
  ["sécret\n", "must contain printable ASCII characters only"],
])("a token file with %j is refused", (text, why) => {
  writeFileSync(join(folder, "wrong"), text);
  const found = mistakes(GOOD.replace("tokenFile: token", "tokenFile: wrong"));
  expect(found.map((line) => line.replaceAll(`${folder}/`, ""))).toEqual([
    `mmp.yaml:3:13 routeApi.tokenFile: wrong ${why}`,
  ]);
});

const SECOND = `  second:
    listeners:
      - { protocol: imap, port: 2143 }
`;

test.each([
  ["a value that the schema refuses", "port: 2143", "port: x"],
  ["a field that is not known", "port: 2143", "prot: 2143"],
  ["a listener that no store serves", "protocol: imap, port: 2143", "protocol: pop3, port: 2143"],
  ["an address that is taken", "port: 2143", "port: 1143"],
])("keeps the sound instances apart from one with %s", (_what, before, after) => {
  const result = parseConfiguration(FILE, GOOD + SECOND.replace(before, after));
  if (result.ok) throw new Error("the mistake was not seen");
  expect(result.mistakes.map(({ instance }) => instance)).toContain("second");
  expect(Object.keys(result.sound?.instances ?? {})).toEqual(["main"]);
});

test("names mistakes of every kind in several instances at once", () => {
  const third = SECOND.replace("second", "third").replace("2143", "x");
  const result = parseConfiguration(FILE, GOOD + SECOND.replace("imap", "pop3") + third);
  expect(result).toMatchObject({
    ok: false,
    mistakes: [{ instance: "third" }, { instance: "second" }],
    sound: { instances: { main: {} } },
  });
});

test.each([
  ["all instances have mistakes", GOOD.replace("port: 1143", "port: x")],
  ["something else has", (GOOD + SECOND.replace("2143", "x")).replace("tokenFile: token", "tokenFile: 3")],
])("finds nothing sound where %s", (_what, text) => {
  const result = parseConfiguration(FILE, text);
  expect(result).toMatchObject({ ok: false });
  expect(result).not.toHaveProperty("sound");
});

test.each([
  ["workers: auto", []],
  ["workers: 3", []],
  ["workers: 0", ["mmp.yaml:10:5 instances.main.workers: must be more than 0"]],
  ["workers: many", ["mmp.yaml:10:5 instances.main.workers: must be a number or one of auto"]],
])("checks %s", (setting, expected) => {
  expect(mistakes(`${GOOD}    ${setting}\n`)).toEqual(expected);
});

test("checks who signs clients' certificates, and what needs it", async () => {
  await makeCertificate(folder);
  const [ca, list] = ["clients", "revoked"].map((name) =>
    join(PROJECT, `test/fixtures/client-authority/${name}.pem`),
  );
  const external = GOOD.replace("    listeners:", "    mechanisms: [PLAIN, EXTERNAL]\n    listeners:");
  writeFileSync(join(folder, "certmap.conf"), "certmap default default\ndefault:FilterComps cn=login\n");
  const withTls = (files: string): string =>
    external.replace(
      "    listeners:",
      `    storeAdmin: { user: a, passwordFile: token }
    tls: { certificates: [{ certFile: tls.crt, keyFile: tls.key }], certmapFile: certmap.conf, ${files} }
    listeners:`,
    );
  expect(mistakes(external)).toEqual([
    "mmp.yaml:8:25 instances.main.mechanisms[1]: needs tls.clientCaFile, the CAs that sign client certificates",
  ]);
  expect(mistakes(withTls(`clientCaFile: ${ca}, clientCrlFile: ${list}`))).toEqual([]);
  for (const [files, expected] of [
    [`clientCrlFile: ${list}`, /tls\.clientCrlFile: needs tls\.clientCaFile/],
    ["clientCaFile: nowhere", /tls\.clientCaFile: .*nowhere does not exist/],
    ["clientCaFile: token", /tls\.clientCaFile: .*token: holds no certificate in PEM/],
    ["clientCaFile: tls.crt", /tls\.clientCaFile: .*tls\.crt: certificate 1 is not a CA's/],
    [`clientCaFile: ${ca}, clientCrlFile: token`, /tls\.clientCrlFile: .*holds no revocation list/],
  ] as const) {
    expect(mistakes(withTls(files)).join("\n")).toMatch(expected);
  }
});
