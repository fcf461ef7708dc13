import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PresentedCertificate } from "../../../../../edge-proxy/routing/certmap/certificate.ts";
import {
  type CertificateStep,
  certificateSteps,
} from "../../../../../edge-proxy/routing/certmap/certificate-searches.ts";
import {
  chooseMap,
  mappedAttributes,
  parseCertmap,
} from "../../../../../edge-proxy/routing/certmap/certmap-file.ts";
import type { DistinguishedName } from "../../../../../edge-proxy/routing/certmap/distinguished-name.ts";
import { parseDn } from "../../../../../edge-proxy/routing/certmap/dn-text.ts";
import { findByCertificate } from "../../../../../edge-proxy/routing/certmap/find-by-certificate.ts";
import { filterText } from "../../../../../edge-proxy/routing/filter-text.ts";
import type { RouteSearch } from "../../../../../edge-proxy/routing/route-search.ts";
import { hostileText } from "../../hostile-text.ts";

function dnOf(text: string): DistinguishedName {
  const parsed = parseDn(text);
  if (!parsed.ok) throw new Error(parsed.fault.text);
  return parsed.format;
}

const certificateOf = (subject: string | DistinguishedName): PresentedCertificate => ({
  der: Uint8Array.of(0x30, 0x00),
  fingerprint: "f00d",
  subject: typeof subject === "string" ? dnOf(subject) : subject,
  issuer: dnOf("cn=Acme CA"),
});

function certmapOf(text: string) {
  const read = parseCertmap(text);
  if (!read.ok) throw new Error(`${read.fault.line}: ${read.fault.text}`);
  return read.certmap;
}

/** The steps of a map with these properties. */
const stepsOf = (
  properties: string[],
  subject: string | DistinguishedName,
  serverBase?: string,
): CertificateStep[] => {
  const lines = properties.map((property) => `default:${property}\n`);
  const { fallback } = certmapOf(`certmap default default\n${lines.join("")}`);
  return certificateSteps(fallback, certificateOf(subject), serverBase);
};

const told = ({ match, base, certificate }: RouteSearch): string =>
  `${filterText(match)}${base === undefined ? "" : ` below ${base}`}${certificate === undefined ? "" : " with certificate"}`;

const tell = (step: CertificateStep): string => (step.is === "search" ? told(step.search) : step.is);

const PILAR = "e=Pilar@airius.com,cn=Pilar Lorca,ou=pilar,o=airius.com";

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
        { from: "e", to: "mail" },
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
    ["certmap default default\ndefault:Frob x", 2, "Frob is no property"],
    ["certmap default default\ndefault:FilterComps ou=uid=x", 2, '"ou=uid=x"'],
    ["certmap default default\ndefault:FilterComps =uid", 2, '"=uid"'],
    ["certmap default default\ndefault:DNComps o,(c", 2, '"(c"'],
    ["certmap default default\ndefault:CmapLdapAttr a b", 2, "no attribute name"],
    ["certmap default default\nhello", 2, "is neither"],
    ["certmap default o=Acme", 1, "certmap default default"],
    ["certmap other default", 1, "certmap default default"],
    ["certmap acme o=Acme\n", 2, '"certmap default default" is missing'],
    ["certmap default default\ncertmap acme Acme CA", 2, "is no DN"],
    ["certmap default default\ncertmap acme", 2, "needs a name"],
    ["certmap default default\nacme:DNComps", 2, "stands before it"],
    ["CERTMAP default default", 1, "is neither"],
    ["", 1, "is missing"],
  ])("%j fails in line %i: %s", (text, line, why) => {
    expect(parseCertmap(text)).toMatchObject({
      ok: false,
      fault: { line, text: expect.stringContaining(why) },
    });
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

describe("the searches of a map", () => {
  test.each<[step: string, properties: string[], subject: string, searches: string[]]>([
    [
      "2: no DNComps: the whole subject is the base",
      ["FilterComps cn"],
      PILAR,
      [`(cn=Pilar Lorca) below ${PILAR}`],
    ],
    ["2: … of known types", ["FilterComps cn"], "serialNumber=5+cn=a,title=x,o=y", ["(cn=a) below cn=a,o=y"]],
    ["2: … and nothing without one", ["FilterComps serialNumber"], "serialNumber=5", ["no-match"]],
    [
      "2: empty DNComps: from the server's base",
      ["DNComps", "FilterComps e=mail"],
      PILAR,
      ["(mail=Pilar@airius.com)"],
    ],
    [
      "2: a list, in the subject's order",
      ["DNComps o ou", "FilterComps uid=uid cn"],
      "cn=a,ou=b,ou=c,o=d",
      ["(cn=a) below ou=b,ou=c,o=d"],
    ],
    ["2: FROM=TO in the base", ["DNComps o=dc", "FilterComps cn"], "cn=a,o=d", ["(cn=a) below dc=d"]],
    [
      "2: values of the base are escaped",
      ["DNComps o", "FilterComps cn"],
      "cn=a,o=b\\,c\\=d",
      ["(cn=a) below o=b\\,c\\=d"],
    ],
    ["3: no FilterComps: the entry that the base is", [], "cn=a,o=d", ["(dn=cn=a,o=d) below cn=a,o=d"]],
    [
      "3: empty FilterComps too",
      ["FilterComps", "DNComps cn,o"],
      "cn=a,ou=b,o=d",
      ["(dn=cn=a,o=d) below cn=a,o=d"],
    ],
    [
      "3: … or any that holds the certificate",
      ["DNComps o", "verifycert on"],
      "cn=a,o=d",
      ["(certificate=f00d) below o=d with certificate"],
    ],
    ["3: … wherever", ["DNComps", "verifycert"], "cn=a,o=d", ["(certificate=f00d) with certificate"]],
    ["3: … but not any entry at all", ["DNComps"], "cn=a,o=d", ["not-searchable"]],
    ["3: one: equality", ["DNComps", "FilterComps uid"], "uid=pilar,o=d", ["(uid=pilar)"]],
    [
      "3: several: ANDed",
      ["DNComps", "FilterComps e=mail,cn"],
      PILAR,
      ["(&(mail=Pilar@airius.com)(cn=Pilar Lorca))"],
    ],
    ["3: all values of one", ["DNComps", "FilterComps ou"], "ou=a,ou=b", ["(&(ou=a)(ou=b))"]],
    ["3: parts of one relative name", ["DNComps", "FilterComps uid"], "cn=a+uid=b,o=c", ["(uid=b)"]],
    ["3: FROM=TO, the manual's example", ["DNComps", "FilterComps ou=uid"], PILAR, ["(uid=pilar)"]],
    ["3: values are escaped", ["DNComps", "FilterComps cn"], "cn=*)(uid\\=*", ["(cn=\\2a\\29\\28uid=\\2a)"]],
    ["4: none of DNComps", ["DNComps c", "FilterComps cn"], "cn=a,o=d", ["no-match"]],
    ["4: none of FilterComps", ["DNComps", "FilterComps uid e"], "cn=a,o=d", ["no-match"]],
    ["4: some of them is enough", ["DNComps", "FilterComps uid cn"], "cn=a,o=d", ["(cn=a)"]],
    ["4: an empty value is none", ["DNComps", "FilterComps cn"], "cn=\\20,o=d", ["no-match"]],
    ["4: a value that is no text is none", ["DNComps", "FilterComps cn"], "cn=#020105,o=d", ["no-match"]],
    ["4: nothing of an empty subject", ["FilterComps cn"], "", ["no-match"]],
    [
      "5: CmapLdapAttr first, in the spellings that directories have",
      ["DNComps", "FilterComps uid", "CmapLdapAttr certSubjectDN"],
      "uid=a,o=d",
      ["(|(certsubjectdn=uid=a,o=d)(certsubjectdn=uid=a, o=d))", "(uid=a)"],
    ],
    [
      "5: … below the base",
      ["DNComps o", "FilterComps uid", "CmapLdapAttr certSubjectDN"],
      "e=x@y,o=d",
      [
        "(|(certsubjectdn=e=x@y,o=d)(certsubjectdn=e=x@y, o=d)(certsubjectdn=emailaddress=x@y,o=d)(certsubjectdn=emailaddress=x@y, o=d)) below o=d",
        "no-match",
      ],
    ],
    [
      "5: … of one relative name",
      ["DNComps", "FilterComps uid", "CmapLdapAttr x"],
      "uid=a",
      ["(x=uid=a)", "(uid=a)"],
    ],
    ["5: … which may be all", ["DNComps", "CmapLdapAttr x"], "uid=a", ["(x=uid=a)", "not-searchable"]],
    [
      "7: verifycert on",
      ["DNComps", "FilterComps uid", "verifycert on"],
      "uid=a",
      ["(&(certificate=f00d)(uid=a)) with certificate"],
    ],
    [
      "7: verifycert empty is on",
      ["DNComps", "FilterComps uid", "verifycert"],
      "uid=a",
      ["(&(certificate=f00d)(uid=a)) with certificate"],
    ],
    ["7: verifycert off", ["DNComps", "FilterComps uid", "verifycert OFF"], "uid=a", ["(uid=a)"]],
    [
      "too many values",
      ["DNComps", "FilterComps ou"],
      Array.from({ length: 16 }, (_, at) => `ou=${at}`).join(","),
      ["not-searchable"],
    ],
    ["too long a value", ["DNComps", "FilterComps ou"], `ou=${"x".repeat(1025)}`, ["not-searchable"]],
    ["too long a DN", [], `ou=${"x".repeat(1025)}`, ["not-searchable"]],
    [
      "too long a base",
      ["FilterComps ou"],
      Array.from({ length: 5 }, () => `ou=${"x".repeat(500)}`).join(","),
      ["not-searchable"],
    ],
  ])("step %s", (_, properties, subject, searches) => {
    expect(stepsOf(properties, subject).map(tell)).toEqual(searches);
  });

  test("the server's base is where an empty DNComps searches from", () => {
    expect(stepsOf(["DNComps", "FilterComps uid"], "uid=a", "dc=example").map(tell)).toEqual([
      "(uid=a) below dc=example",
    ]);
    expect(stepsOf(["DNComps"], "uid=a", "dc=example").map(tell)).toEqual(["not-searchable"]);
    expect(stepsOf(["DNComps o", "FilterComps uid"], "uid=a,o=d", "dc=example").map(tell)).toEqual([
      "(uid=a) below o=d",
    ]);
  });

  test("whatever a subject holds is compared as it is, and its base is its own names", () => {
    const value = hostileText({ minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(value, value, value, (cn, ou, o) => {
        fc.pre([cn, ou, o].every((each) => each.trim() !== ""));
        const subject = [
          [
            { type: "cn", value: cn },
            { type: "uid", value: ou },
          ],
          [{ type: "o", value: o }],
        ];
        const [step] = stepsOf(["DNComps o=dc,uid", "FilterComps cn=mail,uid"], subject);
        expect(step).toMatchObject({
          is: "search",
          search: {
            match: {
              all: [
                { attribute: "mail", value: cn },
                { attribute: "uid", value: ou },
              ],
            },
          },
        });
        const base = step?.is === "search" ? dnOf(step.search.base ?? "") : undefined;
        expect(base).toEqual([[{ type: "uid", value: ou }], [{ type: "dc", value: o }]]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what becomes of a login by certificate", () => {
  type Answers = Record<string, "route" | "ambiguous" | "unavailable">;
  const BY_UID = ["DNComps", "FilterComps uid"];
  const VERIFIED = "(&(certificate=f00d)(uid=a)) with certificate";

  test.each<[string, string[], Answers, verdict: string, asked: string[]]>([
    ["8: one entry", BY_UID, { "(uid=a)": "route" }, "found", ["(uid=a)"]],
    ["none", BY_UID, {}, "certificate-unmapped", ["(uid=a)"]],
    ["7: more than one", BY_UID, { "(uid=a)": "ambiguous" }, "certificate-ambiguous", ["(uid=a)"]],
    ["the API is out", BY_UID, { "(uid=a)": "unavailable" }, "unavailable", ["(uid=a)"]],
    ["5: found by subject", [...BY_UID, "CmapLdapAttr x"], { "(x=uid=a)": "route" }, "found", ["(x=uid=a)"]],
    [
      "5: no match falls through",
      [...BY_UID, "CmapLdapAttr x"],
      { "(uid=a)": "route" },
      "found",
      ["(x=uid=a)", "(uid=a)"],
    ],
    [
      "5: several do not",
      [...BY_UID, "CmapLdapAttr x"],
      { "(x=uid=a)": "ambiguous" },
      "certificate-ambiguous",
      ["(x=uid=a)"],
    ],
    [
      "6: a miss under a base is not tried more widely",
      ["FilterComps uid"],
      {},
      "certificate-unmapped",
      ["(uid=a) below uid=a"],
    ],
    ["7: verified", [...BY_UID, "verifycert on"], { [VERIFIED]: "route" }, "found", [VERIFIED]],
    [
      "7: the entry has another certificate",
      [...BY_UID, "verifycert on"],
      { "(uid=a)": "route" },
      "certificate-differs",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: none of several has it",
      [...BY_UID, "verifycert on"],
      { "(uid=a)": "ambiguous" },
      "certificate-differs",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: no entry to verify",
      [...BY_UID, "verifycert on"],
      {},
      "certificate-unmapped",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: the API goes out",
      [...BY_UID, "verifycert on"],
      { "(uid=a)": "unavailable" },
      "unavailable",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: a failure is final",
      [...BY_UID, "CmapLdapAttr x", "verifycert on"],
      { "(x=uid=a)": "route", [VERIFIED]: "route" },
      "certificate-differs",
      ["(&(certificate=f00d)(x=uid=a)) with certificate", "(x=uid=a)"],
    ],
    ["4: nothing to search", ["DNComps c", "FilterComps uid"], {}, "certificate-unmapped", []],
    ["any entry", ["DNComps"], {}, "certificate-not-searchable", []],
  ])("step %s", (_, properties, answers, verdict, asked) => {
    const run = findByCertificate<{ is: "route" | "ambiguous" | "unavailable" | "unknown" }>(
      stepsOf(properties, "uid=a"),
    );
    const heard: string[] = [];
    let turn = run.next();
    while (!turn.done) {
      const search = told(turn.value);
      heard.push(search);
      turn = run.next({ is: answers[search] ?? "unknown" });
    }
    expect(turn.value.is === "refused" ? turn.value.reason : turn.value.is).toBe(verdict);
    expect(heard).toEqual(asked);
  });
});
