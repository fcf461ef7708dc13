import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateSteps } from "../../../../../edge-proxy/identity/certmap/certificate-searches.ts";
import { hostileText } from "../../protocol/hostile-text.ts";
import { certificateOf, certmapOf, dnOf, stepsOf, tell } from "./maps.ts";

const PILAR = "e=Pilar@airius.com,cn=Pilar Lorca,ou=pilar,o=airius.com";

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
    ...["e", "mail", "emailAddress", "E", "1.2.840.113549.1.9.1", "email"].map(
      (written): [string, string[], string, string[]] => [
        `3: ${written} is the e-mail address, searched as mail`,
        ["DNComps", `FilterComps ${written}, uid`],
        "e=ann@example.com,cn=Ann Lee",
        ["(mail=ann@example.com)"],
      ],
    ),
    [
      "3: … under either type in the subject",
      ["DNComps", "FilterComps e"],
      "0.9.2342.19200300.100.1.3=ann@example.com,cn=Ann Lee",
      ["(mail=ann@example.com)"],
    ],
    [
      "3: … so that no one else of the same name matches",
      ["DNComps", "FilterComps mail, cn"],
      "e=ann@example.com,cn=Ann Lee",
      ["(&(mail=ann@example.com)(cn=Ann Lee))"],
    ],
    [
      "3: … once if both types have the same value",
      ["DNComps", "FilterComps mail"],
      "mail=ann@example.com,e=ann@example.com",
      ["(mail=ann@example.com)"],
    ],
    [
      "3: … and in the base",
      ["DNComps emailAddress o", "FilterComps cn"],
      "e=ann@example.com,cn=Ann Lee,o=d",
      ["(cn=Ann Lee) below mail=ann@example.com,o=d"],
    ],
    ["3: FROM=TO of another name", ["DNComps", "FilterComps mail=rfc822"], "e=a@b,cn=c", ["(rfc822=a@b)"]],
    ["3: an alias is searched by its usual name", ["DNComps", "FilterComps commonName"], "cn=a", ["(cn=a)"]],
    ["3: all values of one", ["DNComps", "FilterComps ou"], "ou=a,ou=b", ["(&(ou=a)(ou=b))"]],
    ["3: parts of one relative name", ["DNComps", "FilterComps uid"], "cn=a+uid=b,o=c", ["(uid=b)"]],
    ["3: FROM=TO, the manual's example", ["DNComps", "FilterComps ou=uid"], PILAR, ["(uid=pilar)"]],
    ["3: values are escaped", ["DNComps", "FilterComps cn"], "cn=*)(uid\\=*", ["(cn=\\2a\\29\\28uid=\\2a)"]],
    ["4: none of DNComps", ["DNComps c", "FilterComps cn"], "cn=a,o=d", ["no-match"]],
    ["4: none of FilterComps", ["DNComps", "FilterComps uid e"], "cn=a,o=d", ["no-match"]],
    ["4: some of them is enough", ["DNComps", "FilterComps uid cn"], "cn=a,o=d", ["(cn=a)"]],
    ["4: an empty value is none", ["DNComps", "FilterComps cn"], "cn=\\20,o=d", ["no-match"]],
    [
      "4: a listed component is never left out: not for its empty value",
      ["DNComps", "FilterComps cn uid"],
      "uid=a,cn=\\20",
      ["no-match"],
    ],
    [
      "4: … nor for one that is not text",
      ["DNComps", "FilterComps cn uid"],
      "uid=a,cn=#020105",
      ["no-match"],
    ],
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
      "5: … from the server's base without DNComps",
      ["FilterComps uid", "CmapLdapAttr x"],
      "uid=a,o=d",
      ["(|(x=uid=a,o=d)(x=uid=a, o=d))", "(uid=a) below uid=a,o=d"],
    ],
    [
      "5: … even of a subject that makes no base",
      ["FilterComps serialNumber", "CmapLdapAttr x"],
      "serialNumber=5",
      ["(x=serialnumber=5)", "no-match"],
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

  test("a certificate that the API would not take is not asked for", () => {
    const stepsFor = (verify: string, bytes: number) =>
      certificateSteps(
        certmapOf(
          `certmap default default\ndefault:DNComps\ndefault:FilterComps uid\ndefault:verifycert ${verify}\n`,
        ).fallback,
        {
          ...certificateOf("uid=a"),
          der: new Uint8Array(bytes),
        },
      ).map(tell);
    expect(stepsFor("on", 12_288)).toEqual(["(&(certificate=f00d)(uid=a)) with certificate"]);
    expect(stepsFor("on", 12_289)).toEqual(["not-searchable"]);
    expect(stepsFor("off", 12_289)).toEqual(["(uid=a)"]);
  });

  test("the vendors' own sample lines work", () => {
    const sample = readFileSync("test/fixtures/certmap/sample-lines.conf", "utf8");
    const steps = certificateSteps(certmapOf(sample).fallback, certificateOf("e=ann@example.com,cn=Ann Lee"));
    expect(steps.map(tell)).toEqual(["(mail=ann@example.com)"]);
  });

  test("the server's base is where an empty DNComps searches from", () => {
    expect(stepsOf(["DNComps", "FilterComps uid"], "uid=a", "dc=example").map(tell)).toEqual([
      "(uid=a) below dc=example",
    ]);
    expect(stepsOf(["DNComps"], "uid=a", "dc=example").map(tell)).toEqual(["not-searchable"]);
    expect(stepsOf(["DNComps o", "FilterComps uid"], "uid=a,o=d", "dc=example").map(tell)).toEqual([
      "(uid=a) below o=d",
    ]);
    expect(stepsOf(["FilterComps uid", "CmapLdapAttr x"], "uid=a", "dc=example").map(tell)).toEqual([
      "(x=uid=a) below dc=example",
      "(uid=a) below uid=a",
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
