import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Fate } from "../../../../bin/import/finding.ts";
import { ROWS } from "../../../../bin/import/mmp/rows.ts";
import { DirectoryConfig } from "../../../../route-api/config/directory.ts";
import { configurationReference } from "../../../docs/configuration.ts";
import { field, fileText, findings, importTexts } from "./support.ts";

const LDAP = "default:LdapUrl ldap://ds/o=isp\n";
const imap = (lines: string) => importTexts("mmp", { "ImapProxyAService.cfg": `${LDAP}${lines}` });
const pop = (lines: string) => importTexts("mmp", { "PopProxyAService.cfg": `${LDAP}${lines}` });

const several = DirectoryConfig.safeParse({ url: ["ldap://a", "ldap://b"], base: "o=a" }).success;

describe("parameter → field", () => {
  test.each<[string, string, string, unknown, Fate]>([
    ["imap", "UserGroupDN o=siroe.com,o=isp", "directory.base", "o=siroe.com,o=isp", "carried"],
    ["imap", "BindDN cn=mmp,o=isp", "directory.bindDn", "cn=mmp,o=isp", "carried"],
    ["imap", 'BindPass "with blank"', "directory.bindPasswordFile", "./secrets/ldap", "carried"],
    ["imap", "MailHostAttrs mailHost", "directory.mailHostAttributes", ["mailHost"], "carried"],
    ["imap", 'MailHostAttrs "a b"', "directory.filter", "(|(a=*)(b=*))", "carried"],
    ["imap", "SearchFormat (uid=%s)", "directory.loginAttributes", ["uid"], "changed"],
    ["imap", "SearchFormat (|(uid=%U)(mail=%s))", "directory.loginAttributes", ["uid", "mail"], "changed"],
    ["imap", "ReplayFormat %A[mailUserName]", "directory.accountAttributes", ["mailUserName"], "changed"],
    ["imap", "ReplayFormat %U", "directory.accountAttributes", ["uid", "mail"], "changed"],
    ["imap", "ReplayFormat %s", "directory.accountAttributes", ["mail", "uid"], "changed"],
    ["imap", "SearchFormat (uid=%s)", "instances.imap.searchFormat", "(uid=%s)", "carried"],
    ["imap", "SearchFormat (uid=%s)", "directory.searchAttributes", ["uid"], "carried"],
    [
      "imap",
      "SearchFormat (&(objectClass=x)(|(UID=%U)(mail=%s)))",
      "instances.imap.searchFormat",
      "(|(UID=%U)(mail=%s))",
      "changed",
    ],
    [
      "imap",
      "SearchFormat (&(uid=%U)(!(inetUserStatus=deleted)))",
      "instances.imap.searchFormat",
      "(uid=%U)",
      "changed",
    ],
    [
      "imap",
      'TCPAccess "+imap:.example.com$-ALL:ALL"',
      "instances.imap.access",
      ["+imap:.example.com$-ALL:ALL"],
      "changed",
    ],
    ["imap", "SearchFormat (&(uid=%U)(o=50%%\\2a))", "instances.imap.searchFormat", "(uid=%U)", "changed"],
    ["imap", "SearchFormat (uid=%U*)", "instances.imap.searchFormat", undefined, "changed"],
    ["imap", "ReplayFormat %A[uid]@%V", "instances.imap.replayFormat", "%A[uid]@%V", "carried"],
    ["imap", "ReplayFormat %A[uid]@%V", "directory.searchAttributes", ["uid"], "carried"],
    ["imap", "ReplayFormat %x", "instances.imap.replayFormat", undefined, "changed"],
    ["imap", "PreAuth yes", "instances.imap.preAuth", true, "carried"],
    ["imap", "AuthCacheSize 5", "instances.imap.preAuthCache", { entries: 5 }, "carried"],
    ["imap", "AuthCacheTTL 60", "instances.imap.preAuthCache", { seconds: 60 }, "carried"],
    ["imap", 'TCPAccess "+imap:ALL$-ALL:ALL"', "instances.imap.access", ["+imap:ALL$-ALL:ALL"], "carried"],
    ["imap", "TCPAccess imap:ALL", "instances.imap.access", undefined, "changed"],
    ["imap", "TCPAccessAttr a", "directory.serviceAttributes", ["a"], "carried"],
    ["imap", "VirtualDomainDelim @+", "instances.imap.domainDelimiters", "@+", "carried"],
    ["imap", "CanonicalVirtualDomainDelim +", "instances.imap.canonicalDelimiter", "+", "carried"],
    ["imap", "VirtualDomainFile /nowhere/x", "instances.imap.virtualDomainFile", undefined, "changed"],
    ["imap", "CertMapFile /nowhere/x", "instances.imap.tls", undefined, "none"],
    ["imap", "ConnLimits 0.0.0.0|0.0.0.0:30", "instances.imap.limits.connectionsPerClient", 30, "carried"],
    [
      "imap",
      "ConnLimits 0.0.0.0|0.0.0.0:20,10.1.0.0|255.255.0.0:2000,192.0.2.7:5",
      "instances.imap.limits",
      {
        connectionsPerClient: 20,
        connectionsPerClientRanges: [
          { range: "10.1.0.0/16", connections: 2000 },
          { range: "192.0.2.7", connections: 5 },
        ],
      },
      "carried",
    ],
    [
      "imap",
      "ConnLimits 10.0.0.0|255.0.0.0:5",
      "instances.imap.limits",
      { connectionsPerClientRanges: [{ range: "10.0.0.0/8", connections: 5 }] },
      "carried",
    ],
    ["imap", "BGMax 500", "instances.imap.penalties", { remembered: 500, firstSeconds: 2 }, "carried"],
    ["imap", "BGPenalty 3", "instances.imap.penalties", { firstSeconds: 3 }, "carried"],
    ["imap", "BGPenalty 0", "instances.imap.penalties", undefined, "none"],
    [
      "imap",
      "BGMaxBadness 9999",
      "instances.imap.penalties",
      { maxSeconds: 600, firstSeconds: 2 },
      "changed",
    ],
    ["imap", "BGDecay 60", "instances.imap.penalties", { decaySeconds: 60, firstSeconds: 2 }, "carried"],
    ["imap", "BGLinear yes", "instances.imap.penalties", { firstSeconds: 2 }, "none"],
    [
      "imap",
      "BGExcluded 10.0.0.0|255.0.0.0,192.0.2.0|255.255.255.192",
      "instances.imap.penalties",
      { exempt: ["10.0.0.0/8", "192.0.2.0/26"], firstSeconds: 2 },
      "carried",
    ],
    ["imap", "BGExcluded /nowhere/x", "instances.imap.penalties", { firstSeconds: 2 }, "changed"],
    ["imap", "MaxConcurrentConnectionAttempts 32", "stores.*.attempts", 32, "carried"],
    [
      "imap",
      "storehostlist a=b",
      "stores.a",
      { address: ["b"], imap: { port: 143, tls: "none" }, allowClearText: true },
      "carried",
    ],
    [
      "imap",
      'storehostlist "a=a1 a2 B=b1"',
      "stores.b",
      { address: ["b1"], imap: { port: 143, tls: "none" }, allowClearText: true },
      "carried",
    ],
    [
      "imap",
      'storehostlist "m1 m2"',
      "stores.m2",
      { address: ["m1", "m2"], imap: { port: 143, tls: "none" }, allowClearText: true },
      "carried",
    ],
    ["imap", "BacksidePort 1143", "stores.*.imap", { port: 1143, tls: "none" }, "carried"],
    ["pop3", "BacksidePort 1110", "stores.*.pop3", { port: 1110, tls: "none" }, "carried"],
    ["imap", "SSLBacksidePort 993", "stores.*.imap", { port: 993, tls: "implicit" }, "carried"],
    ["imap", "RestrictPlainPasswords yes", "instances.imap.allowPlaintextLogin", false, "changed"],
    ["imap", "RestrictPlainPasswords no", "instances.imap.allowPlaintextLogin", true, "changed"],
    ["imap", "DefaultDomain example.com", "instances.imap.defaultDomain", "example.com", "carried"],
    ["pop3", 'Banner "Good day"', "instances.pop3.banner", "Good day", "carried"],
    ["imap", 'Capability "IMAP4rev1 ID"', "instances.imap.imapCapabilities", ["IMAP4rev1", "ID"], "carried"],
    ["imap", 'Capability "IMAP4rev1 STARTTLS"', "instances.imap.imapCapabilities", ["IMAP4rev1"], "changed"],
    ["imap", 'ServerDownAlert "Back soon"', "instances.imap.serverDownAlert", "Back soon", "carried"],
    ["pop3", "SpoofMessageFile /nowhere/x", "instances.pop3.spoofMessageFile", undefined, "changed"],
    ["imap", "StoreAdmin mmpstore", "instances.imap.storeAdmin", undefined, "changed"],
    ["imap", "Timeout 3600", "instances.imap.limits.imapIdleSeconds", 3600, "carried"],
    ["imap", "Timeout 60", "instances.imap.limits.imapIdleSeconds", 1800, "changed"],
    ["pop3", "timeout 60", "instances.pop3.limits.pop3IdleSeconds", 600, "changed"],
    ["pop3", "Timeout 999999", "instances.pop3.limits.pop3IdleSeconds", 86_400, "changed"],
    ["imap", "LogLevel 7", "instances.imap.logLevel", undefined, "changed"],
  ])("%s: %s → %s %j, %s", (protocol, line, name, value, fate) => {
    const result = (protocol === "imap" ? imap : pop)(`default:${line}`);
    expect(field(result, name)).toEqual(value);
    expect(findings(result, line.split(" ")[0] ?? "").map((finding) => finding.fate)).toContain(fate);
  });

  test.each([
    ["ldap://ds/o=isp", "ldap://ds", "o=isp"],
    ["ldaps://ds:1636/o=a%20b", "ldaps://ds:1636", "o=a b"],
    ["LDAP://[::1]:389/dc=example,dc=com", "ldap://[::1]:389", "dc=example,dc=com"],
    ["ldap:///o=isp", "ldap://localhost", "o=isp"],
    ["ldap://ds", "ldap://ds", "o=internet"],
    ['"ldap://a b:1389/o=isp"', several ? ["ldap://a", "ldap://b:1389"] : "ldap://a", "o=isp"],
  ])("LdapUrl %s", (value, url, base) => {
    const result = importTexts("mmp", { "ImapProxyAService.cfg": `default:LdapUrl ${value}` });
    expect([field(result, "directory.url"), field(result, "directory.base")]).toEqual([url, base]);
  });

  test.each([
    "CRAMs yes",
    "AuthService yes",
    "AuthServiceTTL 5",
    "LdapCacheSize 1",
    "LdapCacheTTL 900",
    "ClientLookup no",
    "NumThreads 4",
    "LogDir /x",
    "SSLSecmodFile x",
    "SSLCacheDir x",
    "SSLCipherSpecs all",
    "SmtpRelays x",
    "HostedDomains no",
    "SpoofMessageFile x",
    "Banner",
    "Capability STARTTLS",
    "SSLPorts 993",
    "ServiceList x@1",
    "PreAuth no",
  ])("%s has no meaning, and the report says why", (line) => {
    const [finding, ...more] = findings(imap(`default:${line}`), line.split(" ")[0] ?? "");
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ fate: "none", note: expect.stringMatching(/\w/) });
  });

  test("reports what nobody knows, with its line", () => {
    expect(findings(imap("\n# x\ndefault:FooBar 1"), "FooBar")).toEqual([
      { place: { file: "ImapProxyAService.cfg", line: 4 }, name: "FooBar", fate: "unknown" },
    ]);
  });
});

describe("what is left to do", () => {
  test.each([
    [
      "a NOT of SearchFormat, as the whole filter",
      "SearchFormat (&(uid=%U)(!(inetUserStatus=deleted)))",
      /set directory\.filter: \(&\(mailHost=\*\)\(!\(inetUserStatus=deleted\)\)\)$/,
    ],
    [
      "host names of TCPAccess",
      'TCPAccess "+imap,imaps:.example.com LOCAL EXCEPT 10.0.0.0/8$-ALL:ALL"',
      /^TCPAccess \(ImapProxyAService\.cfg:2\): .*: in allow rules, \.example\.com, LOCAL matches nobody\. Use networks/,
    ],
    [
      "host names that TCPAccess denies",
      'TCPAccess "-imap:.example.com 10.0.0.0/8"',
      /^TCPAccess .*: in deny rules, \.example\.com matches everybody\. Use networks/,
    ],
    ["HostedDomains", "HostedDomains yes", /^HostedDomains: a name user@domain is now looked up among/],
  ])("names %s", (_what, line, expected) => {
    const { todos } = imap(`default:${line}`).draft;
    expect(todos.filter((text) => expected.test(text))).toHaveLength(1);
  });

  test("names the CA of a directory with TLS", () => {
    const { draft } = importTexts("mmp", { "ImapProxyAService.cfg": "default:LdapUrl ldaps://ds/o=isp\n" });
    expect(draft.todos.filter((text) => text.includes("set directory.caFile"))).toHaveLength(1);
    expect(imap("").draft.todos.filter((text) => text.includes("directory.caFile"))).toEqual([]);
  });

  test.each([
    ["of version 6, as its short names show", "imapproxy@143", true],
    ["of version 6, as its folder shows", "/opt/SUNWmsgsr/lib/ImapProxyAService@143", true],
    ["of an older version", "/usr/iplanet/server5/bin/msg/mmp/lib/ImapProxyAService@143", false],
  ])("HostedDomains is on by default in files %s", (_what, services, isHosted) => {
    const { draft } = importTexts("mmp", {
      "AService.cfg": `default:ServiceList ${services}\n`,
      "ImapProxyAService.cfg": "default:SearchFormat (uid=%U)\ndefault:ReplayFormat %U\n",
    });
    const instance = (draft.configuration.instances as Record<string, object>).imap;
    if (isHosted) expect(instance).not.toHaveProperty("replayFormat");
    else expect(instance).toMatchObject({ searchFormat: "(uid=%U)", replayFormat: "%U" });
    expect(draft.todos.some((text) => text.startsWith("HostedDomains:"))).toBe(isHosted);
    expect(draft.assumed.some((text) => text.startsWith("HostedDomains"))).toBe(!isHosted);
  });
});

describe("files that are read as they are", () => {
  const folder = mkdtempSync(join(tmpdir(), "mmp-import-files-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const TLS = "default:SSLEnable yes\ndefault:StoreAdmin a\ndefault:StoreAdminPass b\n";

  test("a virtual domain file is copied, and what it searches is kept", () => {
    const text = "vdmap a 10.0.0.1\na:SearchFormat (cn=%U)\na:ReplayFormat %A[uid]\n";
    const result = imap(`default:VirtualDomainFile ${file("vdmap", text)}`);
    expect(field(result, "instances.imap.virtualDomainFile")).toBe("./imap-vdmap");
    expect(fileText(result, "imap-vdmap")).toBe(text);
    expect(field(result, "directory.searchAttributes")).toEqual(["cn", "uid"]);
  });

  test("one with a line that has no meaning is copied, not named, and the line is told", () => {
    const text = "vdmap a 10.0.0.1\na:LdapUrl ldap://x\n";
    const result = imap(`default:VirtualDomainFile ${file("wrong", text)}`);
    expect(field(result, "instances.imap.virtualDomainFile")).toBeUndefined();
    expect(fileText(result, "imap-vdmap")).toBe(text);
    expect(result.draft.todos.join("\n")).toMatch(
      /change .\/imap-vdmap, then set the field: line 2: LdapUrl is not supported/,
    );
  });

  test("certmap.conf is copied, with all that logins by certificate need", () => {
    const map = file("certmap.conf", "certmap default default\ndefault:FilterComps e=mail\n");
    const result = imap(`${TLS}default:CertMapFile ${map}\ndefault:CertmapDN o=isp`);
    expect(field(result, "instances.imap.tls")).toMatchObject({
      certmapFile: "./imap-certmap.conf",
      certmapBase: "o=isp",
      clientCaFile: "./certificates/client-ca.crt",
    });
    expect(field(result, "instances.imap.mechanisms")).toEqual(["PLAIN", "LOGIN", "EXTERNAL"]);
    expect(field(result, "directory.searchAttributes")).toEqual(["mail"]);
    expect(result.draft.todos.join("\n")).toMatch(/certificates\/client-ca\.crt/);
  });

  test("certmap.conf without a store administrator, or with a plug-in, is left out", () => {
    const map = file("certmap2", "certmap default default\ndefault:library x.so\n");
    for (const lines of [
      `default:SSLEnable yes\ndefault:CertMapFile ${map}`,
      `${TLS}default:CertMapFile ${map}`,
    ]) {
      const result = imap(`${lines}\ndefault:CertmapDN o=isp`);
      expect(field(result, "instances.imap.tls")).toEqual({ certificates: [expect.anything()] });
      expect(findings(result, "CertMapFile")).toMatchObject([
        { fate: "changed", note: expect.stringContaining("left out") },
      ]);
    }
  });
});

test("keeps secrets in files of their own, and out of mmp.yaml and the report", () => {
  const result = imap("default:BindPass hush1\ndefault:StoreAdmin mmpstore\ndefault:StoreAdminPass hush2");
  expect(result.files.get("secrets/ldap")).toEqual({ content: "hush1\n", secret: true });
  expect(result.files.get("secrets/imap-store-admin")).toEqual({ content: "hush2\n", secret: true });
  expect(field(result, "instances.imap.storeAdmin")).toEqual({
    user: "mmpstore",
    passwordFile: "./secrets/imap-store-admin",
  });
  const shown = fileText(result, "mmp.yaml") + fileText(result, "import-report.txt");
  expect(shown).not.toMatch(/hush/);
});

describe("the table of parameters", () => {
  const known = new Set(
    [...configurationReference().matchAll(/^\| `([^`]+)` /gm)].map(([, path]) => path ?? ""),
  );
  /** A field of the table as the reference of the schema names it; a part of it that holds others counts, too. */
  const isKnown = (path: string): boolean =>
    ["imap", "pop3"].some((protocol) => {
      const name = path.replaceAll("<protocol>", protocol).replace("stores.*", "stores.<name>");
      return [...known].some(
        (one) => one === name || one.startsWith(`${name}.`) || one.startsWith(`${name}[]`),
      );
    });
  const fields = ROWS.filter((row) => row.field !== undefined && !row.field.startsWith("--"));

  test.each(fields.filter(({ pending }) => pending === undefined))("$name: the schema has $field", (row) => {
    expect(isKnown(row.field ?? "")).toBe(true);
  });

  test.each(fields.filter(({ pending }) => pending))(
    "$name waits for $field; once the schema has it, take `pending` off its row",
    (row) => {
      expect(isKnown(row.field ?? "")).toBe(false);
      const value = row.name === "PreAuth" ? "yes" : "1";
      const result = (row.only === "pop3" ? pop : imap)(`default:${row.name} ${value}`);
      expect(findings(result, row.name).filter(({ fate }) => fate === "pending")).toMatchObject([
        { note: expect.stringMatching(/\w/) },
      ]);
    },
  );
});
