import fc from "fast-check";
import { FilterParser } from "ldapts";
import { expect, test } from "vitest";
import { filterFault } from "../../../../route-api/config/ldap-filter.ts";

const FILTERS = [
  "(mailHost=*)",
  "mailHost=*",
  "(&(objectClass=inetMailUser)(|(uid=a*b*)(mail=x\\2ay))(!(inetUserStatus=deleted)))",
  "(userAccountControl:1.2.840.113556.1.4.803:=2)",
  "(cn:dn:2.4.6.8.10:=Barney)",
  "(:dn:2.4.6.8.10:=Dino)",
  "(age>=21)",
  "(age<=21)",
  "(cn~=ann)",
  "(cn=)",
  "(!(!(a=b)))",
];

test.each(FILTERS)("%s is a filter", (text) => {
  expect(filterFault(text)).toBeUndefined();
});

test.each([
  ["", "()"],
  ["(mailHost=*", "(mailHost=*"],
  ["(mailHost=*))", "…)"],
  ["(&)", "(&)"],
  ["(!(a=b)(c=d))", "(!……)"],
  ["(&(a=b)(c=(d))", "(&…(c=(d))"],
  ["(&(a=b) (c=d))", "(&… …)"],
  ["(cn=a\\zz)", "(cn=a\\zz)"],
  ["(age>=2*)", "(age>=2*)"],
  ["(a)", "(a)"],
  ["(=b)", "(=b)"],
  ["(a=b)(c=d)", "……"],
])("%j is none", (text, rest) => {
  expect(filterFault(text)).toBe(`is not an LDAP filter (RFC 4515): cannot read ${rest}`);
});

test("NUL must be escaped", () => {
  expect(filterFault("(a=\0)")).toBe("is not an LDAP filter: NUL must be written as \\00");
});

/** A filter with a piece taken out, doubled, or put in. */
const mutated = fc
  .tuple(
    fc.constantFrom(...FILTERS),
    fc.nat(60),
    fc.nat(4),
    fc.constantFrom("", "(", ")", "*", "\\", "=", ":", " "),
  )
  .map(([text, at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length));

test("what is taken for a filter is one to the LDAP client, too", () => {
  fc.assert(
    fc.property(mutated, (text) => {
      if (filterFault(text) === undefined) expect(() => FilterParser.parseString(text)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});

test("a long filter takes no long time", () => {
  const deep = `${"(&".repeat(2000)}(a=b)${")".repeat(2000)}`;
  expect(filterFault(deep)).toBeUndefined();
  expect(filterFault(`(a=${"\\2a".repeat(20_000)}`)).toBeDefined();
});
