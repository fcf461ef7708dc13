import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { ignoredLines } from "../../../../../bin/config/checks/login-files.ts";
import { parseConfiguration } from "../../../../../bin/config/load.ts";
import { watchedFiles } from "../../../../../bin/config/paths.ts";
import { makeCertificate } from "../../../../support/workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-login-checks-"));
writeFileSync(join(folder, "secret"), "x\n");
await makeCertificate(folder);
const FILE = join(folder, "mmp.yaml");
const LDAP = { url: "ldap://127.0.0.1", base: "dc=example" };
const TLS = {
  certificates: [{ certFile: "tls.crt", keyFile: "tls.key" }],
  clientCaFile: "ca.crt",
  certmapFile: "certmap.conf",
};
const STORE_ADMIN = { user: "admin", passwordFile: "secret" };

interface Setting {
  instance?: object;
  directory?: object;
  store?: object;
  vdmap?: string;
  certmap?: string;
}

/** What `mmp check` says, without places. */
function mistakes({ instance = {}, directory = LDAP, store = {}, vdmap, certmap }: Setting): string[] {
  if (vdmap !== undefined) writeFileSync(join(folder, "vdmap"), vdmap);
  writeFileSync(
    join(folder, "certmap.conf"),
    certmap ?? "certmap default default\ndefault:FilterComps cn=login\n",
  );
  const text = stringify({
    routeStore: { sqlite: "routes.db" },
    directory,
    routeApi: { tokenFile: "secret" },
    stores: { "*": { imap: { port: 143, tls: "none" }, allowClearText: true, ...store } },
    instances: {
      main: {
        listeners: [{ protocol: "imap", port: 1143 }],
        ...(vdmap === undefined ? {} : { virtualDomainFile: "vdmap" }),
        ...instance,
      },
    },
  });
  const result = parseConfiguration(FILE, text);
  return result.ok
    ? []
    : result.mistakes.map(({ field, text: why }) => `${field}: ${why}`.replaceAll(`${folder}/`, ""));
}

const own = (line: string): string => `# x\nvdmap acme 10.0.0.1\nacme:${line}\n`;
const IN_FILE = "instances.main.virtualDomainFile";

describe("what mmp check says", () => {
  test.each<[string, Setting, string | undefined]>([
    ["nothing of a plain instance", {}, undefined],
    ["nothing of a good file", { vdmap: own("DefaultDomain a.example") }, undefined],
    ["a missing file", { instance: { virtualDomainFile: "nowhere" } }, `${IN_FILE}: nowhere does not exist`],
    ["a wrong line", { vdmap: own("LdapUrl ldap://x") }, `${IN_FILE}: vdmap:3: LdapUrl is not supported`],
    [
      "a certmap that is not there",
      { vdmap: own("CertMap x.conf") },
      `${IN_FILE}: CertMap of acme (line 2): x.conf does not exist`,
    ],
    [
      "a domain's own CAs without a map of its own",
      { vdmap: own("ClientCAFile ca.pem") },
      `${IN_FILE}: ClientCAFile of acme (line 2) needs a CertMap of the domain's own`,
    ],
    [
      "a domain's CAs that are not there",
      { vdmap: `${own("ClientCAFile ca.pem")}acme:CertMap certmap.conf\n` },
      `${IN_FILE}: ClientCAFile of acme (line 2): ca.pem does not exist`,
    ],
    [
      "a domain's CAs that are none",
      { vdmap: `${own("ClientCAFile secret")}acme:CertMap certmap.conf\n` },
      `${IN_FILE}: ClientCAFile of acme (line 2): secret: holds no certificate in PEM`,
    ],
    [
      "a domain's revocation lists without CAs",
      { vdmap: own("ClientCRLFile crl.pem") },
      `${IN_FILE}: ClientCRLFile of acme (line 2) needs ClientCAFile`,
    ],
    [
      "nothing of EXTERNAL by a domain's own CAs",
      {
        vdmap: `${own("ClientCAFile ca.crt")}acme:CertMap certmap.conf\n`,
        instance: {
          mechanisms: ["EXTERNAL"],
          storeAdmin: STORE_ADMIN,
          tls: { certificates: TLS.certificates },
        },
      },
      undefined,
    ],
    [
      "a wrong certmap",
      { instance: { tls: TLS }, certmap: "certmap default default\ndefault:library x.so\n" },
      "instances.main.tls.certmapFile: certmap.conf:2: plug-ins are not supported",
    ],
    [
      "a test account that is the administrator itself",
      { instance: { storeAdmin: { ...STORE_ADMIN, probe: STORE_ADMIN } } },
      "instances.main.storeAdmin.probe.user: must be an ordinary user, not the administrator itself",
    ],
    [
      "a test account's password that is not there",
      { store: { storeAdmin: { ...STORE_ADMIN, probe: { user: "tester", passwordFile: "nowhere" } } } },
      "stores.*.storeAdmin.probe.passwordFile: nowhere does not exist",
    ],
    ["administrators", { instance: { administrators: ["root"] } }, undefined],
    [
      "administrators without a mechanism that names two users",
      { instance: { administrators: ["root"], mechanisms: ["LOGIN"] } },
      "instances.main.administrators: needs PLAIN in mechanisms",
    ],
    [
      "an attribute that SearchFormat lacks",
      {
        instance: { searchFormat: "(|(mail=%s)(uid=%U))" },
        directory: { ...LDAP, searchAttributes: ["UID"] },
      },
      "instances.main.searchFormat: needs mail in directory.searchAttributes",
    ],
    ["login and dn are there anyway", { instance: { searchFormat: "(|(login=%s)(dn=uid=%U))" } }, undefined],
    [
      "an attribute that ReplayFormat of a domain lacks",
      { vdmap: own("ReplayFormat %A[uid]@%V") },
      `${IN_FILE}: ReplayFormat of acme (line 2) needs uid in directory.searchAttributes`,
    ],
    [
      "an attribute that certmap lacks",
      { instance: { tls: TLS }, certmap: "certmap default default\ndefault:FilterComps e=mail\n" },
      "instances.main.tls.certmapFile: needs mail in directory.searchAttributes",
    ],
    [
      "a wrong format",
      { instance: { searchFormat: "(uid=%s*)" } },
      "instances.main.searchFormat: substring matches (*) are not supported",
    ],
    [
      "NOT",
      { instance: { searchFormat: "(!(uid=%s))" } },
      "instances.main.searchFormat: NOT is not supported",
    ],
    [
      "a wrong rule",
      { instance: { access: ["+ALL:ALL", "imap"] } },
      'instances.main.access[1]: "imap": a rule must begin with + or -',
    ],
    [
      "a letter as delimiter",
      { instance: { domainDelimiters: "x" } },
      "instances.main.domainDelimiters: must be punctuation marks",
    ],
    [
      "preAuth without a server",
      { instance: { preAuth: true }, directory: { ldif: "secret" } },
      "instances.main.preAuth: needs a directory server",
    ],
    [
      "preAuth without a password",
      { instance: { preAuth: true, mechanisms: ["PLAIN", "SCRAM-SHA-256", "XOAUTH2"] } },
      "instances.main.preAuth: needs a password: remove SCRAM-SHA-256 and XOAUTH2 from mechanisms",
    ],
    [
      "preAuth of a domain alone",
      { vdmap: own("PreAuth yes"), instance: { mechanisms: ["SCRAM-SHA-1"] } },
      `${IN_FILE}: PreAuth of acme (line 2) needs a password`,
    ],
    [
      "an administrator's replay of passwords that nobody judges",
      { store: { replay: "admin" }, instance: { storeAdmin: STORE_ADMIN } },
      "instances.main.preAuth: must be on: stores.* has replay admin",
    ],
    [
      "the same in one domain",
      {
        store: { replay: "admin" },
        instance: { storeAdmin: STORE_ADMIN, preAuth: true },
        vdmap: own("PreAuth no"),
      },
      `${IN_FILE}: PreAuth of acme (line 2) must be on: stores.* has replay admin`,
    ],
    [
      "none where they are judged",
      { store: { replay: "admin" }, instance: { storeAdmin: STORE_ADMIN, preAuth: true } },
      undefined,
    ],
    [
      "half an administrator",
      { vdmap: own("StoreAdmin x") },
      `${IN_FILE}: StoreAdmin of acme (line 2) needs StoreAdminPass`,
    ],
    [
      "the other half of the instance's",
      { vdmap: own("StoreAdmin x"), instance: { storeAdmin: STORE_ADMIN } },
      undefined,
    ],
    [
      "a certmap without CAs",
      { instance: { tls: { ...TLS, clientCaFile: undefined } } },
      "instances.main.tls.certmapFile: needs clientCaFile",
    ],
    [
      "a base that is no DN",
      { instance: { tls: { ...TLS, certmapBase: "nothing" } } },
      "instances.main.tls.certmapBase: nothing is not a DN",
    ],
    [
      "EXTERNAL without a map",
      {
        instance: {
          mechanisms: ["EXTERNAL"],
          storeAdmin: STORE_ADMIN,
          tls: { ...TLS, certmapFile: undefined },
        },
      },
      "instances.main.mechanisms[0]: needs tls.certmapFile",
    ],
    [
      "EXTERNAL without an administrator",
      { instance: { mechanisms: ["EXTERNAL"], tls: TLS } },
      "instances.main.mechanisms[0]: needs storeAdmin",
    ],
    [
      "nothing of EXTERNAL with both",
      { instance: { mechanisms: ["EXTERNAL"], storeAdmin: STORE_ADMIN, tls: TLS } },
      undefined,
    ],
  ])("%s", (_what, setting, expected) => {
    const found = mistakes(setting);
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test("names every wrong line of a file at once", () => {
    const found = mistakes({ vdmap: `${own("PreAuth maybe")}acme:Frob x\n` });
    expect(found.map((line) => line.slice(0, `${IN_FILE}: vdmap:0`.length))).toEqual([
      `${IN_FILE}: vdmap:3`,
      `${IN_FILE}: vdmap:4`,
    ]);
  });

  test("watches the maps that virtual domains name, and not the log that each login changes", () => {
    writeFileSync(join(folder, "vdmap"), own("CertMap ./own.conf"));
    writeFileSync(
      FILE,
      stringify({ instances: { main: { virtualDomainFile: "vdmap", preAuthLogFile: "log" } } }),
    );
    expect(watchedFiles(FILE).map((file) => file.replace(`${folder}/`, ""))).toEqual([
      "mmp.yaml",
      "vdmap",
      "own.conf",
    ]);
  });

  test("warns of lines without effect", () => {
    const text = `${own("DefaultDomain a")}acme:DefaultDomain b\nvdmap other 10.0.0.1\n`;
    expect(mistakes({ vdmap: text })).toEqual([]);
    const warnings = ignoredLines({ virtualDomainFile: join(folder, "vdmap") } as Parameters<
      typeof ignoredLines
    >[0]);
    expect(warnings.map((line) => line.replace(`${folder}/`, ""))).toEqual([
      "vdmap:4: acme:DefaultDomain is already set in line 3, which takes precedence",
      "vdmap:5: 10.0.0.1 is already used by acme (line 2)",
    ]);
  });
});
