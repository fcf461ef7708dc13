import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  escapeFilterValue,
  filterText,
  unescapeFilterValue,
} from "../../../../edge-proxy/identity/filter-text.ts";
import {
  parseSearchFormat,
  type SearchValues,
  searchedAttributes,
  searchFor,
} from "../../../../edge-proxy/identity/search-format.ts";
import type { Match } from "../../../../route-api/contract/search.ts";
import { hostileText } from "../protocol/hostile-text.ts";

const values: SearchValues = {
  typed: "Bob+ACME.example",
  user: "Bob",
  domain: "acme.example",
  canonical: "Bob@acme.example",
  clientAddress: "192.0.2.7",
  serverAddress: "10.0.0.1",
  subjectDn: "cn=Bob,o=Acme",
};

const is = (attribute: string, value: string): Match => ({ attribute, value });

function search(text: string, given: SearchValues = values): Match | undefined {
  const parsed = parseSearchFormat(text);
  if (!parsed.ok) throw new Error(`${parsed.fault.text} at ${parsed.fault.at}`);
  return searchFor(parsed.format, given);
}

describe("SearchFormat", () => {
  test.each<[string, Match]>([
    ["(uid=%s)", is("uid", "Bob@acme.example")],
    ["(uid=%U)", is("uid", "Bob")],
    ["(associatedDomain=%V)", is("associateddomain", "acme.example")],
    ["(uid=%o)", is("uid", "Bob+ACME.example")],
    ["(host=%C)", is("host", "192.0.2.7")],
    ["(host=%S)", is("host", "10.0.0.1")],
    ["(certSubjectDN=%D)", is("certsubjectdn", "cn=Bob,o=Acme")],
    ["(uid=100%%)", is("uid", "100%")],
    ["(uid=pre-%U.%V)", is("uid", "pre-Bob.acme.example")],
    ["(uid=\\2a%U\\29)", is("uid", "*Bob)")],
    ["(uid=\\c3\\a5%U)", is("uid", "åBob")],
    ["(uid=\\25U)", is("uid", "%U")],
    ["(|(mail=%s)(uid=%U))", { any: [is("mail", "Bob@acme.example"), is("uid", "Bob")] }],
    ["(&(uid=%U)(ou=%V))", { all: [is("uid", "Bob"), is("ou", "acme.example")] }],
    [
      " ( & (uid=%U) (|(ou=%V)(o=x)) ) ",
      { all: [is("uid", "Bob"), { any: [is("ou", "acme.example"), is("o", "x")] }] },
    ],
  ])("%s", (text, match) => {
    expect(search(text)).toEqual(match);
  });

  test.each([
    ["", 1, "must begin with ("],
    ["uid=%s", 1, "must begin with ("],
    ["(uid=%s", 8, ") is missing"],
    ["(uid=%s))", 9, "unexpected text after"],
    ["(uid=%s)(mail=%s)", 9, "unexpected text after"],
    ["(!(uid=%s))", 2, "NOT is not supported"],
    ["(uid=*)", 6, "presence"],
    ["(uid=%U*)", 8, "substring"],
    ["(uid>=%U)", 5, ">= is not supported"],
    ["(uid<=%U)", 5, "<= is not supported"],
    ["(uid~=%U)", 5, "~= is not supported"],
    ["(uid:caseExactMatch:=%U)", 2, "extensible"],
    ["(:dn:=%U)", 2, "extensible"],
    ["(userCertificate;binary=%U)", 2, "not an attribute name"],
    ["(2.5.4.3=%U)", 2, "not an attribute name"],
    ["(uid=)", 6, "the value is missing"],
    ["(uid=%x)", 6, "% must be followed"],
    ["(uid=%)", 6, "% must be followed"],
    ["(uid=\\zz)", 6, "\\ must be followed by hex digits"],
    ["(uid=\\ff)", 6, "\\ must be followed by hex digits"],
    ["(&)", 2, "a filter must follow"],
    ["(|)", 2, "a filter must follow"],
    ["(uid)", 5, "attribute=value is missing"],
    [`(|${"(uid=%U)".repeat(17)})`, 132, "at most 16"],
    [`${"(&".repeat(1025)}`, 2049, "at most 2048 characters"],
  ])("%s is refused at character %i: %s", (text, at, why) => {
    const parsed = parseSearchFormat(text);
    expect(parsed).toMatchObject({ ok: false, fault: { at, text: expect.stringContaining(why) } });
  });

  test("a part without a value fits nothing: it is left out of an OR, and ends an AND", () => {
    const bare = { ...values, domain: "", canonical: "Bob" };
    expect(search("(|(mail=%s)(&(uid=%U)(ou=%V)))", bare)).toEqual({ any: [is("mail", "Bob")] });
    expect(search("(&(uid=%U)(ou=%V))", bare)).toBeUndefined();
    expect(search("(uid=%U)", { ...values, user: "x".repeat(1025) })).toBeUndefined();
    expect(search("(uid=%D)", (({ subjectDn: _, ...rest }) => rest)(values))).toBeUndefined();
  });

  test("names what it searches, once each", () => {
    const parsed = parseSearchFormat("(|(Mail=%s)(&(uid=%U)(ou=%V))(mail=%o))");
    expect(parsed.ok && searchedAttributes(parsed.format)).toEqual(["mail", "uid", "ou"]);
  });

  test("whatever a client types stays data", () => {
    fc.assert(
      fc.property(hostileText({ minLength: 1, maxLength: 200 }), (user) => {
        const match = search("(|(mail=%U)(&(uid=x%U)(ou=%V)))", { ...values, user });
        const parts = [{ all: [is("uid", `x${user}`), is("ou", "acme.example")] }];
        expect(match).toEqual({ any: user.trim() === "" ? parts : [is("mail", user), ...parts] });
      }),
    );
  });

  test("any text is a format or a fault with its place", () => {
    const text = fc.array(
      fc.constantFrom("(", ")", "&", "|", "!", "uid", "=", "%U", "%", "\\", "2a", "*", " ", "ä"),
    );
    fc.assert(
      fc.property(text, (pieces) => {
        const parsed = parseSearchFormat(pieces.join(""));
        if (parsed.ok) return;
        expect(parsed.fault.at).toBeGreaterThan(0);
        expect(parsed.fault.at).toBeLessThanOrEqual(pieces.join("").length + 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a filter's text (RFC 4515)", () => {
  test.each([
    ["plain", "plain"],
    ["a*(b)\\", "a\\2a\\28b\\29\\5c"],
    ["\0\n", "\\00\\0a"],
    ["ü", "ü"],
  ])("%j is spelled %j", (value, text) => {
    expect(escapeFilterValue(value)).toBe(text);
  });

  test.each(["\\", "\\2", "\\zz", "\\ff"])("%j spells nothing", (text) => {
    expect(unescapeFilterValue(text)).toBeUndefined();
  });

  const wellFormed = hostileText();

  test("values come back, and hold no syntax in between", () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        const text = escapeFilterValue(value);
        expect(unescapeFilterValue(text)).toBe(value);
        expect(text).not.toMatch(/[*()\0]/);
      }),
    );
  });

  const { match } = fc.letrec<{ match: Match; leaf: Match }>((tie) => ({
    leaf: fc
      .tuple(fc.constantFrom("uid", "mail"), wellFormed)
      .filter(([, value]) => value.trim() !== "")
      .map(([attribute, value]) => is(attribute, value)),
    match: fc.oneof(
      { maxDepth: 2 },
      tie("leaf"),
      fc.array(tie("match"), { minLength: 1, maxLength: 2 }).map((all) => ({ all })),
      fc.array(tie("match"), { minLength: 1, maxLength: 2 }).map((any) => ({ any })),
    ),
  }));

  test("a match that is written as a filter reads back as itself", () => {
    fc.assert(
      fc.property(match, (given) => {
        expect(search(filterText(given).replaceAll("%", "%%"))).toEqual(given);
      }),
    );
  });
});
