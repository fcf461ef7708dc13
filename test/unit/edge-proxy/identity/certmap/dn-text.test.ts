import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  comparableDn,
  type DistinguishedName,
  escapeDnValue,
  writeDn,
} from "../../../../../edge-proxy/identity/certmap/distinguished-name.ts";
import { parseDn, withMissingCommas } from "../../../../../edge-proxy/identity/certmap/dn-text.ts";
import { hostileText } from "../../protocol/hostile-text.ts";

function dnOf(text: string): DistinguishedName {
  const parsed = parseDn(text);
  if (!parsed.ok) throw new Error(`${parsed.fault.text} at ${parsed.fault.at}`);
  return parsed.format;
}

/** Types and values of a DN whose relative names have one part each. */
const pairsOf = (text: string) => dnOf(text).map(([part]) => [part?.type, part?.value]);

describe("a DN's text (RFC 4514)", () => {
  test.each<[string, [string, string][]]>([
    ["", []],
    ["  ", []],
    [
      "UID=jsmith,DC=example,DC=net",
      [
        ["uid", "jsmith"],
        ["dc", "example"],
        ["dc", "net"],
      ],
    ],
    [
      'CN=James \\"Jim\\" Smith\\, III,DC=net',
      [
        ["cn", 'James "Jim" Smith, III'],
        ["dc", "net"],
      ],
    ],
    [
      "CN=Before\\0dAfter,DC=net",
      [
        ["cn", "Before\rAfter"],
        ["dc", "net"],
      ],
    ],
    ["1.3.6.1.4.1.1466.0=#04024869", [["1.3.6.1.4.1.1466.0", undefined as never]]],
    ["CN=Lu\\C4\\8Di\\C4\\87", [["cn", "Lučić"]]],
    ["cn=#0c0548656c6c6f", [["cn", "Hello"]]],
    ["cn=\\#1", [["cn", "#1"]]],
    ["cn=a\\\\2c", [["cn", "a\\2c"]]],
    ["cn=a\\=b=c", [["cn", "a=b=c"]]],
    [
      "cn=,o=x",
      [
        ["cn", ""],
        ["o", "x"],
      ],
    ],
    ["cn=\\ a\\ ", [["cn", " a "]]],
    [
      "cn = a  b  ,  o = x ",
      [
        ["cn", "a  b"],
        ["o", "x"],
      ],
    ],
    ["cn=a\\20  ", [["cn", "a "]]],
    // RFC 2253 and before.
    [
      "CN=Ann; O=Acme",
      [
        ["cn", "Ann"],
        ["o", "Acme"],
      ],
    ],
    [
      'CN="Smith, Ann" , O="a\\"b;c+d"',
      [
        ["cn", "Smith, Ann"],
        ["o", 'a"b;c+d'],
      ],
    ],
    [
      "OID.2.5.4.3=Ann,2.5.4.10=Acme",
      [
        ["cn", "Ann"],
        ["o", "Acme"],
      ],
    ],
    [
      "emailAddress=a@b.c,S=Ohio,userid=x",
      [
        ["e", "a@b.c"],
        ["st", "Ohio"],
        ["uid", "x"],
      ],
    ],
  ])("%j", (text, pairs) => {
    expect(pairsOf(text)).toEqual(pairs);
  });

  test("parts of one relative name are joined by +", () => {
    expect(dnOf("OU=Sales+CN=J.  Smith,DC=net")).toEqual([
      [
        { type: "ou", value: "Sales" },
        { type: "cn", value: "J.  Smith" },
      ],
      [{ type: "dc", value: "net" }],
    ]);
  });

  test.each([
    ["cn", 1, "attribute type"],
    ["=x", 1, "attribute type"],
    ["cn=a,", 6, "attribute type"],
    ["cn=a,,o=x", 6, "attribute type"],
    ["cn=a+", 6, "attribute type"],
    ["c n=a", 1, "attribute type"],
    ['cn="a', 4, "quote is unmatched"],
    ['cn=a"b', 5, "quote is unmatched"],
    ['cn="a"b', 7, "comma is missing"],
    ["cn=a\\", 5, "nothing follows"],
    ["cn=#zz", 4, "# must be followed by hex digits"],
    ["cn=#0c01", 0, ""],
    ["cn=\\ff", 4, "not UTF-8"],
    ["cn=\ud800", 1, "Unicode"],
  ])("%j has a fault at character %i: %s", (text, at, why) => {
    const parsed = parseDn(text);
    // Hex pairs that are no string stay what they are.
    if (at === 0)
      expect(parsed).toEqual({ ok: true, format: [[{ type: "cn", value: undefined, ber: "0c01" }]] });
    else expect(parsed).toMatchObject({ ok: false, fault: { at, text: expect.stringContaining(why) } });
  });

  test.each([
    ["plain", "plain"],
    ["Smith, Ann", "Smith\\, Ann"],
    [" a ", "\\20a\\20"],
    [" ", "\\20"],
    ["#1", "\\#1"],
    ['"+;<>=\\', '\\"\\+\\;\\<\\>\\=\\\\'],
    ["a\nb\0", "a\\0ab\\00"],
    ["\u0085", "\\c2\\85"],
  ])("%j is written %j", (value, text) => {
    expect(escapeDnValue(value)).toBe(text);
  });

  const part = fc.record({
    type: fc.constantFrom("cn", "ou", "1.2.3.4"),
    value: hostileText({ maxLength: 12 }),
  });
  const dn = fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { maxLength: 4 });

  test("any DN that is written reads back as itself, and is one line", () => {
    fc.assert(
      fc.property(dn, fc.constantFrom(",", ", ", " ; "), (given, separator) => {
        const text = writeDn(given, separator);
        expect(dnOf(text)).toEqual(given);
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
      { numRuns: 1000 },
    );
  });

  test("any text is a DN or a fault with its place", () => {
    const piece = fc.constantFrom("cn", "o", "=", ",", "+", ";", "\\", '"', "#", "0c", " ", "2.5.4.3", "ü");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const parsed = parseDn(pieces.join(""));
        if (parsed.ok) expect(dnOf(writeDn(parsed.format))).toEqual(parsed.format);
        else expect(parsed.fault.at).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("comparing DNs", () => {
  test.each([
    ["CN=Ann  Lee , O=ACME", "cn=ann lee;o=Acme", true],
    ["cn=a+uid=b,o=x", "UID=b + CN=a, o=x", true],
    ["cn=\\41,o=x", "cn=a,o=x", true],
    ["emailaddress=a@b", "e=A@B", true],
    ["cn=a,o=x", "o=x,cn=a", false],
    ["cn=a\\,o\\=x", "cn=a,o=x", false],
    ["cn=a,o=x", "cn=a,o=x,c=us", false],
  ])("%s and %s: %s", (one, other, same) => {
    expect(comparableDn(dnOf(one)) === comparableDn(dnOf(other))).toBe(same);
  });
});

describe("missing commas, as the old manual prints a subject", () => {
  test.each([
    ["cn=Pilar Lorca, ou=pilar o=airius.com", "cn=Pilar Lorca, ou=pilar,o=airius.com"],
    ["o=Acme c=US", "o=Acme,c=US"],
    ["cn=Pilar Lorca, ou=pilar, o=airius.com", "cn=Pilar Lorca, ou=pilar, o=airius.com"],
    ["cn=Foo bar=baz", "cn=Foo bar=baz"],
    ["ou=pilar o\\=airius.com", "ou=pilar o\\=airius.com"],
    ['ou="pilar o=airius.com"', 'ou="pilar o=airius.com"'],
  ])("%s", (text, whole) => {
    expect(withMissingCommas(text)).toBe(whole);
  });
});
