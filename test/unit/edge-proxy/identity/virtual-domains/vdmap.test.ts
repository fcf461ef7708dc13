import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeAccess } from "../../../../../edge-proxy/guard/access.ts";
import { virtualDomainFinder } from "../../../../../edge-proxy/identity/virtual-domains/find.ts";
import { parseVdmap } from "../../../../../edge-proxy/identity/virtual-domains/vdmap.ts";
import type { Overrides } from "../../../../../edge-proxy/identity/virtual-domains/virtual-domain.ts";

function domainsOf(text: string) {
  const read = parseVdmap(text);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.domains;
}

const overridesOf = (property: string): Overrides =>
  domainsOf(`vdmap a 10.0.0.1\na:${property}`)[0]?.overrides ?? {};

describe("a virtual domain file", () => {
  test("is read as the old one", () => {
    const read = parseVdmap(
      [
        "\ufeff# Hosted domains",
        "",
        "vdmap acme 10.0.0.1  ",
        "  # its own words",
        "acme:DefaultDomain  Acme.Example\t",
        "vdmap Globex\t10.0.0.2",
        "acme:PREAUTH yes",
        'Globex:SearchFormat "(&(uid=%U)(ou=%V))"',
        "",
      ].join("\r\n"),
    );
    expect(read).toMatchObject({
      ok: true,
      ignored: [],
      domains: [
        {
          name: "acme",
          line: 3,
          place: { by: "address", address: "10.0.0.1" },
          overrides: { defaultDomain: "acme.example", preAuth: true },
        },
        { name: "Globex", line: 6, overrides: { searchFormat: { text: "(&(uid=%U)(ou=%V))" } } },
      ],
    });
  });

  test("without a line is one without domains", () => {
    expect(parseVdmap("\n# nothing\n")).toEqual({ ok: true, domains: [], ignored: [] });
  });

  test("the first of two counts, and the other is told", () => {
    const read = parseVdmap(
      "vdmap a 10.0.0.1\na:DefaultDomain one\na:defaultdomain two\nvdmap a 10.0.0.2\nvdmap b 10.0.0.1\n",
    );
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    expect(read.domains.map(({ name, overrides }) => [name, overrides.defaultDomain])).toEqual([
      ["a", "one"],
      ["b", undefined],
    ]);
    expect(read.ignored.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(virtualDomainFinder(read.domains)({ localAddress: "10.0.0.1", localPort: 143 })?.name).toBe("a");
  });

  test.each([
    ["VDMAP a 10.0.0.1", 1, "is neither"],
    ["vdmap", 1, "needs a name"],
    ["vdmap a", 1, "needs a name"],
    ["vdmap a:b 10.0.0.1", 1, "colon"],
    ["vdmap a 10.0.0.1 # local", 1, "neither an address"],
    ["vdmap a 10.0.0.1\nA:PreAuth yes", 2, 'no line "vdmap A'],
    ["a:PreAuth yes\nvdmap a 10.0.0.1", 1, 'there is no line "vdmap a …" before it'],
    ["vdmap a 10.0.0.1\na: PreAuth yes", 2, "is neither"],
    ["vdmap a 10.0.0.1\nhello", 2, "is neither"],
    ["vdmap a 10.0.0.1\na:DefaultDomain x\0", 2, "control character"],
    ['vdmap a 10.0.0.1\na:SearchFormat "(uid=%s)', 2, "unmatched quote"],
    ["vdmap a 10.0.0.1\na:SearchFormat (uid=%U*)", 2, "substring matches (*) are not supported"],
    ["vdmap a 10.0.0.1\na:ReplayFormat %Q", 2, "ReplayFormat: % must be followed"],
    ["vdmap a 10.0.0.1\na:PreAuth maybe", 2, "PreAuth: must be yes or no"],
    ["vdmap a 10.0.0.1\na:AuthCacheSize -1", 2, "AuthCacheSize: must be a whole number"],
    ["vdmap a 10.0.0.1\na:DefaultDomain a@b", 2, "DefaultDomain: must be a domain"],
    ["vdmap a 10.0.0.1\na:DomainDelim ab", 2, "DomainDelim: must be punctuation"],
    ["vdmap a 10.0.0.1\na:StoreAdmin", 2, "StoreAdmin: must not be empty"],
    ["vdmap a 10.0.0.1\na:TCPAccess imap:ALL", 2, "must begin with + or -"],
    ["vdmap a 10.0.0.1\na:LdapUrl ldap://x", 2, "routes come from the route table"],
    ["vdmap a 10.0.0.1\na:BindPass geheim", 2, "routes come from the route table"],
    ["vdmap a 10.0.0.1\na:MailHostAttrs mailStore", 2, "directory.mailHostAttributes"],
    ["vdmap a 10.0.0.1\na:ClientLookup yes", 2, "reverse DNS"],
    ["vdmap a 10.0.0.1\na:CRAMs yes", 2, "clear passwords"],
    ["vdmap a 10.0.0.1\na:AuthService yes", 2, "POP before SMTP"],
    ["vdmap a 10.0.0.1\na:SSLEnable yes", 2, "another instance"],
    ["vdmap a 10.0.0.1\na:Frobnicate yes", 2, "is not a virtual domain property"],
  ])("%j fails in line %i: %s", (text, line, why) => {
    expect(parseVdmap(text)).toMatchObject({
      ok: false,
      faults: [{ line, text: expect.stringContaining(why) }],
    });
  });

  test("every fault is listed, in the order of the file", () => {
    const text = "vdmap a 10.0.0.1\na:PreAuth maybe\nhello\nvdmap b nowhere\nb:Frob x\na:AuthCacheSize -1\n";
    const read = parseVdmap(text);
    expect(read.ok ? [] : read.faults.map(({ line }) => line)).toEqual([2, 3, 4, 6]);
  });

  test.each([
    "MailHostAttrs mailHost",
    "HostedDomains no",
    "TCPAccessAttr mailAllowedServiceAccess",
    "ClientLookup no",
    "CRAMs off",
    "AuthService no",
    "AuthServiceTTL 0",
  ])("%s asks for what happens anyway", (property) => {
    expect(parseVdmap(`vdmap a 10.0.0.1\na:${property}\n`)).toMatchObject({
      ok: true,
      domains: [{ overrides: {} }],
    });
  });

  test("no fault repeats a password", () => {
    const texts = [
      "a:StoreAdminPass 'geheim' \0",
      "a:BindPass geheim",
      'a:StoreAdminPass "geheim',
      "a StoreAdminPass geheim",
    ];
    for (const text of texts)
      expect(JSON.stringify(parseVdmap(`vdmap a 10.0.0.1\n${text}`))).not.toContain("geheim");
    expect(JSON.stringify(parseVdmap("vdmap a 10.0.0.1\na:StoreAdminPass geheim"))).not.toContain("geheim");
  });

  test.each<[string, Overrides]>([
    ["DefaultDomain", { defaultDomain: "" }],
    ["DomainDelim @+", { delimiters: "@+" }],
    ["VirtualDomainDelim %", { delimiters: "%" }],
    ["CanonicalVirtualDomainDelim +", { canonicalDelimiter: "+" }],
    ["PreAuth no", { preAuth: false }],
    ["AuthCacheSize 0", { authCacheEntries: 0 }],
    ["AuthCacheTTL 900", { authCacheSeconds: 900 }],
    ["LdapCacheSize 10", { routeCacheEntries: 10 }],
    ["LdapCacheTTL 60", { routeCacheSeconds: 60 }],
    ["CertMap ./acme-certmap.conf", { certmapFile: "./acme-certmap.conf" }],
    ["ClientCAFile ./acme-ca.pem", { clientCaFile: "./acme-ca.pem" }],
    ["ClientCRLFile ./acme-crl.pem", { clientCrlFile: "./acme-crl.pem" }],
    ["RestrictPlainPasswords yes", { allowPlaintextLogin: false }],
    ["StoreAdmin mmpstore", { storeAdminUser: "mmpstore" }],
  ])("%s", (property, overrides) => {
    expect(overridesOf(property)).toEqual(overrides);
  });

  test("StoreAdminPass, ReplayFormat and TCPAccess are of use as they are", () => {
    expect(overridesOf('StoreAdminPass "top secret"').storeAdminPassword?.reveal()).toBe("top secret");
    expect(overridesOf("ReplayFormat %U").replayFormat?.pieces).toEqual([{ escape: "U" }]);
    const { access } = overridesOf("TCPAccess +ALL:10.0.0.0/8");
    const client = { protocol: "imap", tls: true } as const;
    expect(access && judgeAccess(access, { ...client, address: "10.1.2.3" }).is).toBe("granted");
    expect(access && judgeAccess(access, { ...client, address: "192.0.2.1" }).is).toBe("denied");
  });

  test("any text gives domains or faults with their lines", () => {
    const piece = fc.constantFrom(
      "vdmap ",
      "a",
      ":",
      " ",
      "\n",
      "#",
      "10.0.0.1",
      "PreAuth",
      "yes",
      '"',
      "\r\n",
      "\t",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const read = parseVdmap(text);
        if (read.ok) return;
        expect(read.faults.length).toBeGreaterThan(0);
        for (const { line } of read.faults) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(text.split("\n").length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
