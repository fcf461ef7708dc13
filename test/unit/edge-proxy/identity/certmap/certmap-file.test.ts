import { describe, expect, test } from "vitest";
import {
  chooseMap,
  mappedAttributes,
  parseCertmap,
} from "../../../../../edge-proxy/identity/certmap/certmap-file.ts";
import { certmapOf, dnOf } from "./maps.ts";

describe("certmap.conf", () => {
  test("is read as it is", () => {
    const certmap = certmapOf(
      [
        "# Sample",
        "certmap default default",
        "#default:DNComps",
        "default:FilterComps e=mail, uid",
        "default:verifycert on",
        "",
        "certmap usps ou=United States Postal Service, o=usps, c=US",
        "usps:DNComps ou,o c",
        "usps:CmapLdapAttr certSubjectDN",
        "usps:VerifyCert",
      ].join("\r\n"),
    );
    expect(certmap.fallback).toEqual({
      name: "default",
      line: 2,
      baseComponents: undefined,
      filterComponents: [
        { from: "mail", to: "mail" },
        { from: "uid", to: "uid" },
      ],
      verifyCertificate: true,
    });
    expect([...certmap.byIssuer.values()]).toEqual([
      {
        name: "usps",
        line: 7,
        baseComponents: ["ou", "o", "c"].map((type) => ({ from: type, to: type })),
        filterComponents: [],
        subjectAttribute: "certsubjectdn",
        verifyCertificate: true,
      },
    ]);
    expect(mappedAttributes(certmap)).toEqual(["certsubjectdn", "mail", "uid"]);
  });

  test.each([
    ["certmap default default\ndefault:verifycert maybe", 2, "verifycert must be on or off"],
    ["certmap default default\ndefault:library /usr/lib/x.so", 2, "plug-ins are not supported"],
    ["certmap default default\ndefault:InitFn f", 2, "plug-ins are not supported"],
    ["certmap default default\ndefault:Frob x", 2, "Frob is not a certmap property"],
    ["certmap default default\ndefault:FilterComps ou=uid=x", 2, '"ou=uid=x"'],
    ["certmap default default\ndefault:FilterComps =uid", 2, '"=uid"'],
    ["certmap default default\ndefault:DNComps o,(c", 2, '"(c"'],
    ["certmap default default\ndefault:CmapLdapAttr a b", 2, "not an attribute name"],
    ["certmap default default\nhello", 2, "is neither"],
    ["certmap default o=Acme", 1, "certmap default default"],
    ["certmap other default", 1, "certmap default default"],
    ["certmap acme o=Acme\n", 2, '"certmap default default" is missing'],
    ["certmap default default\ncertmap acme Acme CA", 2, "is not a DN"],
    ["certmap default default\ncertmap acme", 2, "needs a name"],
    ["certmap default default\nacme:DNComps", 2, 'there is no line "certmap acme …" before it'],
    ["CERTMAP default default", 1, "is neither"],
    ["", 1, "is missing"],
  ])("%j fails in line %i: %s", (text, line, why) => {
    expect(parseCertmap(text)).toMatchObject({
      ok: false,
      faults: [{ line, text: expect.stringContaining(why) }],
    });
  });

  test("every fault is listed, in the order of the file", () => {
    const read = parseCertmap("certmap default default\ndefault:Frob x\nhello\ndefault:verifycert maybe\n");
    expect(read.ok ? [] : read.faults.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  test("two maps of one issuer: the first counts, the other is told", () => {
    const read = parseCertmap("certmap default default\ncertmap a o=Acme\ncertmap b O=ACME\n");
    expect(read).toMatchObject({ ok: true, ignored: [{ line: 3 }] });
    expect(read.ok && chooseMap(read.certmap, dnOf("o=acme")).name).toBe("a");
  });

  const certmap = certmapOf(
    [
      "certmap default default",
      "certmap usps ou=United States Postal Service, o=usps, c=US",
      "certmap airius cn=CA, ou=pki o=airius.com",
      'certmap quoted cn="CA, Inc."; o=x',
    ].join("\n"),
  );

  test.each([
    ["OU=United States  Postal Service,O=USPS,C=US", "usps"],
    ["ou=United States Postal Service;o=usps;c=us", "usps"],
    ["o=usps,c=US", "default"],
    ["c=US,o=usps,ou=United States Postal Service", "default"],
    ["cn=CA,ou=pki,o=airius.com", "airius"],
    ["cn=CA,ou=pki o\\=airius.com", "airius"],
    ["cn=CA\\, Inc.,o=x", "quoted"],
    ["", "default"],
  ])("step 1: the issuer %s is for %s", (issuer, name) => {
    expect(chooseMap(certmap, dnOf(issuer)).name).toBe(name);
  });
});
