import fc from "fast-check";
import { expect, test } from "vitest";
import { DN_PATTERN, normalDn } from "../../../../route-api/contract/distinguished-names.ts";

test.each([
  ["", true],
  ["dc=example, dc=com", true],
  ['o="Acme, Inc";c=US', true],
  ["cn=a\\,b+uid=c,o=x", true],
  ["2.5.4.3=x", true],
  ["cn=", true],
  ["example.com", false],
  ["dc=example,,dc=com", false],
  ["=x", false],
  ["cn=a\\", false],
])("%j is a DN: %s", (text, isDn) => {
  expect(DN_PATTERN.test(text)).toBe(isDn);
  expect(normalDn(text) !== undefined).toBe(isDn);
});

test("what the pattern takes, normalDn takes", () => {
  fc.assert(
    fc.property(fc.stringMatching(DN_PATTERN, { size: "small" }), (text) => normalDn(text) !== undefined),
  );
});
