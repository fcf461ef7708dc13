import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { run } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const folder = makeFolder("tls");
const other = makeFolder("tls-client");
let slapd: Slapd;
let server: { certFile: string; keyFile: string; caFile: string };
let client: { certFile: string; keyFile: string; caFile: string };
beforeAll(async () => {
  server = await makeCertificate(folder.path);
  client = await makeCertificate(other.path, ["sync"]);
  slapd = await startSlapd(person("a", ["mail: a@x.com", "mailHost: s1"]), {
    tls: { ...server, caFile: client.caFile },
    global: ["TLSVerifyClient try", `authz-regexp "cn=sync" "cn=admin,${BASE}"`],
  });
  writeFileSync(join(folder.path, "token"), "a-token\n");
  writeFileSync(join(folder.path, "password"), `${slapd.bindPassword}\n`);
});
afterAll(async () => {
  await slapd?.remove();
  folder.remove();
  other.remove();
});

const simple = () => ({ bindDn: slapd.bindDn, bindPasswordFile: "password", caFile: server.caFile });
const external = () => ({
  bind: "external",
  caFile: server.caFile,
  certFile: client.certFile,
  keyFile: client.keyFile,
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the directory over TLS on %s", (runtime) => {
  const read = "1 entry read: 1 written, 0 unchanged, 0 removed";
  const table: [name: string, settings: () => object, expected: string | RegExp][] = [
    ["LDAPS", () => ({ ...simple(), url: slapd.ldapsUrl }), read],
    ["StartTLS", () => ({ ...simple(), url: slapd.url, startTls: true }), read],
    ["LDAPS, EXTERNAL", () => ({ ...external(), url: slapd.ldapsUrl }), read],
    ["StartTLS, EXTERNAL", () => ({ ...external(), url: slapd.url, startTls: true }), read],
    [
      "a certificate of an unknown CA",
      () => ({ ...simple(), url: slapd.ldapsUrl, caFile: client.caFile }),
      /^mmp: ldaps:\/\/127\.0\.0\.1:\d+: .*(certificate|issuer)/i,
    ],
    [
      "a certificate of another name",
      () => ({ ...simple(), url: slapd.url, startTls: true, serverName: "other.example" }),
      /^mmp: ldap:\/\/127\.0\.0\.1:\d+: .*(other\.example|altname|hostname|NotValidForName)/i,
    ],
  ];
  test.each(table)("%s", async (name, settings, expected) => {
    const config = join(folder.path, `${runtime}-${name.replace(/\W/g, "")}.yaml`);
    writeFileSync(
      config,
      stringify({
        routeStore: { sqlite: `${config}.db` },
        directory: { base: BASE, ...settings() },
        routeApi: { tokenFile: "token" },
        stores: { "*": { imap: { port: 143 } } },
        instances: {},
      }),
    );
    const [program, ...args] = RUNTIMES[runtime];
    const { code, output } = await run(program, [...args, "sync", "--once", "--config", config]);
    if (typeof expected === "string") expect({ code, output }).toEqual({ code: 0, output: expected });
    else {
      expect(output).toMatch(expected);
      expect(code).toBe(1);
    }
  });
});
