import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importConfiguration } from "../../../../bin/import/import.ts";
import { readInput } from "../../../../bin/import/input.ts";
import { field, fileText, findings, importTexts } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../../../fixtures/import/", import.meta.url));

describe.each(["netscape-4.1", "iplanet-5", "sun-7"])("the files of %s", (family) => {
  test("become mmp.yaml and a report", async () => {
    const { kind, files } = readInput([FIXTURES + family], undefined);
    expect(kind).toBe("mmp");
    const result = importConfiguration(kind, files);
    const report = fileText(result, "import-report.txt").replaceAll(`${FIXTURES}${family}/`, "");
    await expect(fileText(result, "mmp.yaml")).toMatchFileSnapshot(`${FIXTURES}${family}/expected.yaml.txt`);
    await expect(report).toMatchFileSnapshot(`${FIXTURES}${family}/expected-report.txt`);
  });
});

describe("ServiceList", () => {
  const services = (list: string, ssl = "") =>
    importTexts("mmp", {
      "AService.cfg": `default:ServiceList ${list}`,
      "ImapProxyAService.cfg": ssl,
      "PopProxyAService.cfg": ssl,
    });

  test.each([
    [
      "/a/ImapProxyAService@143|993",
      {
        imap: [
          [undefined, 143, "none"],
          [undefined, 993, "none"],
        ],
      },
    ],
    ["C:\\mmp\\ImapProxyAService.dll@143", { imap: [[undefined, 143, "none"]] }],
    [
      "imapproxy@10.0.0.1:143|[::1]:143",
      {
        imap: [
          ["10.0.0.1", 143, "none"],
          ["::1", 143, "none"],
        ],
      },
    ],
    [
      "imapproxy@143 popproxy@110 smtpproxy@25",
      { imap: [[undefined, 143, "none"]], pop3: [[undefined, 110, "none"]] },
    ],
    [
      "imapproxy@143 imapproxy@1143",
      { imap: [[undefined, 143, "none"]], "imap-2": [[undefined, 1143, "none"]] },
    ],
    ["imapproxy||partner@143", { "imap-partner": [[undefined, 143, "none"]] }],
  ])("%s", (list, expected) => {
    const instances = field(services(list), "instances") as Record<
      string,
      { listeners: { address?: string; port: number; tls: string }[] }
    >;
    const found = Object.entries(instances).map(([name, { listeners }]) => [
      name,
      listeners.map(({ address, port, tls }) => [address, port, tls]),
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test("has TLS on the ports of SSLPorts from the start, on others by STARTTLS", () => {
    const result = services("imapproxy@143|993", "default:SSLEnable yes\ndefault:SSLPorts 993 994");
    expect(field(result, "instances.imap.listeners")).toMatchObject([
      { tls: "starttls" },
      { tls: "implicit" },
    ]);
    expect(field(result, "instances.imap.tls.certificates")).toEqual([
      { certFile: "./certificates/server-cert.crt", keyFile: "./certificates/server-cert.key" },
    ]);
    expect(result.draft.todos.join("\n")).toMatch(/SSLPorts of imap has 994/);
    expect(result.draft.todos.join("\n")).toMatch(/pk12util -o tls.p12 -n "Server-Cert"/);
  });
});

describe("lines of several files", () => {
  test("lets the section count before default, the service's file before AService.cfg, the first line before others", () => {
    const result = importTexts("mmp", {
      "AService.cfg": "default:ServiceList imapproxy@143 popproxy|pop|mine@110\ndefault:Banner shared",
      "ImapProxyAService.cfg": "default:DefaultDomain a\ndefault:defaultdomain b",
      "pop.cfg": "default:Banner own\nmine:Banner mine",
    });
    expect(field(result, "instances.imap.banner")).toBe("shared");
    expect(field(result, "instances.pop3-mine.banner")).toBe("mine");
    expect(field(result, "instances.imap.defaultDomain")).toBe("a");
    expect(findings(result, "defaultdomain")).toMatchObject([
      { fate: "carried" },
      { fate: "none", note: "line 1 already sets it, and the first line counts" },
    ]);
  });

  test("says where two services want different values of what is one here", () => {
    const result = importTexts("mmp", {
      "ImapProxyAService.cfg": "default:LdapUrl ldap://a/o=x\ndefault:BindPass one",
      "PopProxyAService.cfg": "default:LdapUrl ldap://b/o=x\ndefault:BindPass two",
    });
    expect(field(result, "directory.url")).toBe("ldap://a");
    expect(fileText(result, "secrets/ldap")).toBe("one\n");
    const differs = { fate: "changed", note: expect.stringMatching(/this one differs/) };
    expect(findings(result, "BindPass")).toMatchObject([{ fate: "carried" }, differs]);
    expect(findings(result, "LdapUrl").filter(({ fate }) => fate === "changed")).toMatchObject([differs]);
  });

  test("says which files no service reads", () => {
    const result = importTexts("mmp", {
      "AService.cfg": "default:ServiceList imapproxy@143",
      "ImapProxyAService.cfg": "",
      "PopProxyAService.cfg": "default:Timeout 600",
      "SmtpProxyAService.cfg": "default:SmtpRelays x",
    });
    expect(findings(result, "PopProxyAService.cfg")).toMatchObject([{ note: "no service reads this file" }]);
    expect(findings(result, "SmtpProxyAService.cfg")).toMatchObject([{ note: "SMTP is not supported" }]);
  });
});

describe("wrong input", () => {
  const shared = { "AService.cfg": "default:ServiceList imapproxy@143" };
  test.each<[string, Record<string, string>, RegExp]>([
    [
      "no parameter",
      { "ImapProxyAService.cfg": "# x\n\nBanner x" },
      /^ImapProxyAService.cfg:3: expected default:Name value/,
    ],
    ["a line that goes on", { "ImapProxyAService.cfg": "default:A b\n  c d" }, /^ImapProxyAService.cfg:2: /],
    [
      "an open quote",
      { "ImapProxyAService.cfg": 'default:Banner "x' },
      /^ImapProxyAService.cfg:1: the quote is never closed/,
    ],
    [
      "no switch",
      { "ImapProxyAService.cfg": "default:SSLEnable maybe" },
      /:1: SSLEnable must be yes or no, not "maybe"/,
    ],
    ["no number", { "PopProxyAService.cfg": "default:Timeout soon" }, /:1: Timeout must be a whole number/],
    ["no port", { "ImapProxyAService.cfg": "default:BacksidePort 70000" }, /:1: BacksidePort must be a port/],
    [
      "no URL",
      { "ImapProxyAService.cfg": "default:LdapUrl ds.example.com" },
      /:1: LdapUrl must begin with ldap:/,
    ],
    [
      "no host",
      { "ImapProxyAService.cfg": 'default:LdapUrl "ldap://a{b/o=x"' },
      /:1: LdapUrl: "a\{b" is not a host/,
    ],
    [
      "no attribute",
      { "ImapProxyAService.cfg": "\ndefault:MailHostAttrs 1x" },
      /:2: cannot be carried over: directory.mailHostAttributes.0 must be an attribute name/,
    ],
    ["no ServiceList", { "AService.cfg": "default:LogLevel 5" }, /^AService.cfg:1: has no ServiceList/],
    [
      "no service",
      { "AService.cfg": "\ndefault:ServiceList webmail@80" },
      /^AService.cfg:2: ServiceList: webmail is not an IMAP/,
    ],
    ["no ports", { "AService.cfg": "default:ServiceList imapproxy" }, /:1: ServiceList: imapproxy has no @/],
    [
      "a wrong port",
      { "AService.cfg": "default:ServiceList imapproxy@x" },
      /:1: ServiceList: x of imapproxy@x is not a port/,
    ],
    [
      "a missing file",
      shared,
      /^AService.cfg:1: ServiceList needs ImapProxyAService.cfg, which does not exist/,
    ],
    ["SMTP alone", { "AService.cfg": "default:ServiceList smtpproxy@25" }, /no IMAP or POP service/],
  ])("%s is refused with file and line", (_name, texts, message) => {
    expect(() => importTexts("mmp", texts)).toThrow(message);
  });
});
