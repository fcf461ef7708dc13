import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loginName } from "../../../../edge-proxy/identity/login-name.ts";
import { utf8Octets, utf8Text } from "../../../../edge-proxy/protocol/octets.ts";
import { routePath } from "../../../../route-api/contract/routes.ts";
import { hostileBytes } from "../protocol/mutations.ts";

const withDomain = (defaultDomain: string, delimiters = "@") => ({
  delimiters,
  canonicalDelimiter: "@",
  defaultDomain,
});

test.each([
  ["Alice", "", "alice"],
  ["Alice", "example.com", "alice@example.com"],
  ["alice@Example.ORG", "example.com", "alice@example.org"],
  [utf8Octets("ålice"), "", "ålice"],
  ["Alice+Example.ORG", "example.com", "alice+example.org@example.com"],
])("%s with default domain %s is %s", (typed, domain, login) => {
  expect(loginName(typed, withDomain(domain))).toMatchObject({ ok: true, login });
});

test.each([
  ["", "empty"],
  ["a\0b", "control-character"],
  ["a\r\nb", "control-character"],
  ["a\x7f", "control-character"],
  [utf8Octets("a\u0085"), "control-character"],
  ["\xc0\xaf", "not-utf8"],
  ["\xed\xa0\x80", "not-utf8"],
  ["x".repeat(256), "too-long"],
  [".", "dots"],
  ["..", "dots"],
])("%j is refused as %s", (typed, fault) => {
  expect(loginName(typed, withDomain(""))).toEqual({ ok: false, fault });
});

test("is divided only once it is judged", () => {
  expect(loginName("Bob+Example.COM", withDomain("", "@+"))).toEqual({
    ok: true,
    login: "bob@example.com",
    parts: {
      typed: "Bob+Example.COM",
      user: "Bob",
      domain: "example.com",
      canonical: "Bob@example.com",
    },
  });
  expect(loginName("\xc0\xaf+x", withDomain("", "@+"))).toEqual({ ok: false, fault: "not-utf8" });
});

test("a default domain cannot make a name too long", () => {
  expect(loginName("x".repeat(250), withDomain("example.com"))).toEqual({ ok: false, fault: "too-long" });
});

test("any octets give a name within bounds, or a fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const name = loginName(Buffer.from(bytes).toString("latin1"), withDomain("example.com"));
      if (!name.ok) return;
      expect(Buffer.byteLength(name.login)).toBeLessThanOrEqual(255);
      expect(name.login).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

describe("any octets", () => {
  const names = hostileBytes(
    ["Alice@Example.com", "alice", "../../v1/users", "a%2fb?domain=c#d", "\u212Aelvin@example.com"].map(
      (name) => Buffer.from(name),
    ),
    [
      "@",
      "/",
      "..",
      "%00",
      "\r\n",
      "\0",
      "\xc2\x85",
      "\xed\xa0\x80",
      "?",
      "#",
      "*",
      "(",
      ")",
      "\\",
      "İ",
      " ",
    ],
  ).map((bytes) => Buffer.from(bytes).toString("latin1"));

  test("is one key: the same when it is judged again, and one segment of a path", () => {
    fc.assert(
      fc.property(names, fc.constantFrom("", "example.com"), (typed, defaultDomain) => {
        const settings = { delimiters: "@", canonicalDelimiter: "@", defaultDomain };
        const name = loginName(typed, settings);
        if (!name.ok) return;
        expect(utf8Text(typed)).toBeDefined();
        expect(Buffer.byteLength(name.login)).toBeLessThanOrEqual(255);
        expect(name.login).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        const again = Buffer.from(name.login).toString("latin1");
        expect(loginName(again, settings)).toMatchObject({ login: name.login });
        const segment = routePath(name.login).slice("/v1/routes/".length);
        expect(segment).toMatch(/^[A-Za-z0-9!'()*._~%-]+$/);
        expect(decodeURIComponent(segment)).toBe(name.login);
      }),
      { numRuns: 2000 },
    );
  });
});
