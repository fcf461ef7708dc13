import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isDelimiters, loginParts } from "../../../../edge-proxy/identity/login-parts.ts";
import {
  parseReplayFormat,
  replayedAttributes,
  replayName,
} from "../../../../edge-proxy/identity/replay-format.ts";
import { hostileText } from "../protocol/hostile-text.ts";

const settings = { delimiters: "@", canonicalDelimiter: "@", defaultDomain: "" };

describe("login names", () => {
  test.each([
    ["bob", {}, "bob", "", "bob"],
    ["Bob@Example.COM", {}, "Bob", "example.com", "Bob@example.com"],
    ["bob", { defaultDomain: "acme.example" }, "bob", "acme.example", "bob@acme.example"],
    ["bob@other.example", { defaultDomain: "acme.example" }, "bob", "other.example", "bob@other.example"],
    ["bob+acme.example", { delimiters: "@+" }, "bob", "acme.example", "bob@acme.example"],
    ["bob+tag@acme.example", { delimiters: "+@" }, "bob+tag", "acme.example", "bob+tag@acme.example"],
    ["bob+acme.example", {}, "bob+acme.example", "", "bob+acme.example"],
    ["bob@acme.example", { canonicalDelimiter: "+" }, "bob", "acme.example", "bob+acme.example"],
    ["@acme.example", {}, "@acme.example", "", "@acme.example"],
    ["bob@", { defaultDomain: "acme.example" }, "bob@", "acme.example", "bob@@acme.example"],
  ])("%s with %j", (typed, changed, user, domain, canonical) => {
    expect(loginParts(typed, { ...settings, ...changed })).toEqual({ typed, user, domain, canonical });
  });

  test.each([
    ["@", true],
    ["@+%", true],
    ["", false],
    ["a", false],
    [" ", false],
    ["@1", false],
    ["é", false],
  ])("%j as delimiters: %s", (text, fits) => {
    expect(isDelimiters(text)).toBe(fits);
  });
});

const parts = loginParts("Bob+Acme.Example", { ...settings, delimiters: "+" });

describe("ReplayFormat", () => {
  test.each([
    ["%s", "Bob@acme.example"],
    ["%U", "Bob"],
    ["%V", "acme.example"],
    ["%o", "Bob+Acme.Example"],
    ["%A[uid]", "b123"],
    ["%A[UID]/%V", "b123/acme.example"],
    ["100%%%U", "100%Bob"],
    ["vd-%U", "vd-Bob"],
  ])("%s gives %s", (text, name) => {
    const parsed = parseReplayFormat(text);
    if (!parsed.ok) throw new Error(parsed.fault.text);
    expect(replayName(parsed.format, parts, { uid: ["b123", "b124"] })).toEqual({ ok: true, name });
  });

  test.each([
    ["", 1, "must not be empty"],
    ["a%x", 2, "% must be followed"],
    ["%", 1, "% must be followed"],
    ["%A", 1, "% must be followed"],
    ["%A[uid", 1, "% must be followed"],
    ["%A[]", 4, "not an attribute name"],
    ["%A[a b]", 4, "not an attribute name"],
    ["%Ua\nb", 3, "control characters"],
  ])("%j is refused at character %i: %s", (text, at, why) => {
    expect(parseReplayFormat(text)).toMatchObject({
      ok: false,
      fault: { at, text: expect.stringContaining(why) },
    });
  });

  test("a name that cannot be made whole is a fault", () => {
    const parsed = parseReplayFormat("%A[mail]%U");
    if (!parsed.ok) throw new Error(parsed.fault.text);
    const { format } = parsed;
    expect(replayedAttributes(format)).toEqual(["mail"]);
    expect(replayName(format, parts, {})).toEqual({ ok: false, fault: "no-attribute", attribute: "mail" });
    expect(replayName(format, parts, { mail: [] })).toMatchObject({ fault: "no-attribute" });
    expect(replayName(format, parts, { mail: ["a\r\nb"] })).toEqual({ ok: false, fault: "unfit" });
    expect(replayName(format, parts, { mail: ["x".repeat(255)] })).toEqual({ ok: false, fault: "unfit" });
    const none = parseReplayFormat("%V");
    expect(none.ok && replayName(none.format, loginParts("bob", settings), {})).toEqual({
      ok: false,
      fault: "unfit",
    });
    const constructed = parseReplayFormat("%A[constructor]");
    expect(constructed.ok && replayName(constructed.format, parts, {})).toMatchObject({
      fault: "no-attribute",
    });
  });

  test("whatever stands in name and entry, the store's name is one line within bounds, or there is none", () => {
    const parsed = parseReplayFormat("%s %o %A[uid]");
    if (!parsed.ok) throw new Error(parsed.fault.text);
    const text = hostileText();
    fc.assert(
      fc.property(text, text, (typed, uid) => {
        const made = replayName(parsed.format, loginParts(typed, settings), { uid: [uid] });
        if (!made.ok) return;
        expect(made.name).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(made.name.endsWith(` ${typed} ${uid}`)).toBe(true);
      }),
    );
  });
});
