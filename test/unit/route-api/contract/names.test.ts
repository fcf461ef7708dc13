import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBelow, normalDn } from "../../../../route-api/contract/distinguished-names.ts";
import { foldedName, searchValue } from "../../../../route-api/contract/names.ts";

test.each([
  ["bob@example.com", "bob@example.com"],
  ["Bob@Example.COM", "bob@example.com"],
  ["bob@example.com.", "bob@example.com"],
  ["bob@example.com.. ", "bob@example.com"],
  [" bob@example.com", "bob@example.com"],
  ["b.o-b_{x}'`|~@example.com", "b.o-b_{x}'`|~@example.com"],
  ["bjo\u0308rn", "björn"],
  ["BJÖRN", "björn"],
  ["straße", "strasse"],
  ["STRASSE", "strasse"],
  ["STRA\u1e9eE", "strasse"],
  ["\u017fam", "sam"],
  ["\u212aelvin", "kelvin"],
  ["ｂｏｂ＠example.com", "bob@example.com"],
  ["b\u00ado\u200db", "bob"],
  ["\ufb01x", "fix"],
  ["bob@example。com", "bob@example。com"],
])("the folded spelling of %j is %j", (name, folded) => {
  expect(foldedName(name)).toBe(folded);
});

test("a folded name is its own folded spelling", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const folded = foldedName(name);
      expect(foldedName(folded)).toBe(folded);
      expect(foldedName(name.toUpperCase())).toBe(foldedName(name.toLowerCase()));
    }),
    { numRuns: 5000 },
  );
});

describe("normalDn", () => {
  test.each([
    ["", ""],
    ["  ", ""],
    ["uid=ann,dc=example,dc=com", "uid=ann,dc=example,dc=com"],
    ["UID = Ann , DC=Example,dc = COM", "uid=ann,dc=example,dc=com"],
    ["cn=J.  Smith;o=Widget", "cn=j. smith,o=widget"],
    ["OU=Sales+CN=J. Smith,DC=x", "cn=j. smith+ou=sales,dc=x"],
    ["CN=Smith\\, Ann,DC=x", "cn=smith\\2c ann,dc=x"],
    ["CN=Smith\\2C Ann,DC=x", "cn=smith\\2c ann,dc=x"],
    ['CN="Smith, Ann",DC=x', "cn=smith\\2c ann,dc=x"],
    ["cn=a\\\\,dc=x", "cn=a\\5c,dc=x"],
    ["cn=a\\+b\\=c=d,dc=x", "cn=a\\2bb\\3dc\\3dd,dc=x"],
    ["cn=caf\\c3\\a9,dc=x", "cn=café,dc=x"],
    ["cn=cafe\u0301,dc=x", "cn=café,dc=x"],
    ["cn=\\20padded\\20,dc=x", "cn=padded,dc=x"],
    ["cn=\\ padded\\ ,dc=x", "cn=padded,dc=x"],
    ["cn=padded\\  , dc=x\\ ", "cn=padded,dc=x"],
    ["cn=back\\\\ ,dc=x", "cn=back\\5c,dc=x"],
    ["1.3.6.1.4.1.1466.0=#04024869,o=Test", "1.3.6.1.4.1.1466.0=#04024869,o=test"],
    ["cn=\\#4,dc=x", "cn=\\234,dc=x"],
    ["cn=,dc=x", "cn=,dc=x"],
  ])("%j is %j", (dn, normal) => {
    expect(normalDn(dn)).toBe(normal);
  });

  test.each([
    "ann",
    "uid",
    "=x",
    "u_d=x",
    "uid=ann,",
    ",",
    "cn=a\\",
    'cn="a',
    'cn=a"b',
    "cn=x,,dc=y",
    "dc=x,ann",
  ])("%j is no DN", (dn) => {
    expect(normalDn(dn)).toBeUndefined();
  });

  test("any value, escaped, comes back as its search value, and a normal DN is its own normal form", () => {
    const escaped = (value: string) =>
      [...Buffer.from(value)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (one, two) => {
        const normal = normalDn(`cn=${escaped(one)}+sn=${escaped(two)},dc=x`);
        expect(normal).toBeDefined();
        expect(normalDn(normal ?? "")).toBe(normal);
        expect(isBelow(normal ?? "", "dc=x")).toBe(true);
        const same = searchValue(one) === searchValue(two);
        expect(normalDn(`cn=${escaped(one)}`) === normalDn(`cn=${escaped(two)}`)).toBe(same);
      }),
    );
  });

  test("no text makes it throw", () => {
    const part = fc.constantFrom("cn", "=", ",", "+", "\\", '"', "#", "4a", " ", "é", ";");
    fc.assert(fc.property(fc.array(part), (parts) => void normalDn(parts.join(""))));
  });
});

describe("isBelow", () => {
  test.each([
    ["uid=ann,dc=example", "dc=example", true],
    ["dc=example", "dc=example", true],
    ["uid=ann,dc=example", "", true],
    ["uid=ann,dc=myexample", "dc=example", false],
    ["uid=ann,xdc=example", "dc=example", false],
    ["dc=example", "uid=ann,dc=example", false],
  ])("%j below %j: %s", (dn, base, expected) => {
    expect(isBelow(dn, base)).toBe(expected);
  });

  test("a comma in a value makes no branch of it", () => {
    expect(isBelow(normalDn("cn=a\\,dc=example") ?? "", "dc=example")).toBe(false);
  });
});

test.each([
  ["  Ann \t Smith ", "ann smith"],
  ["CAFE\u0301", "café"],
  ["", ""],
  ["   ", ""],
])("the search value of %j is %j", (value, expected) => {
  expect(searchValue(value)).toBe(expected);
});
