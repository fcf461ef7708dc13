import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isQuotable, quote } from "../../../../../edge-proxy/protocol/imap/quoted-string.ts";
import { Scanner, SyntaxFault } from "../../../../../edge-proxy/protocol/imap/scanner.ts";
import { anyOctets, hostileOctets } from "../mutations.ts";

type Reading = (scanner: Scanner) => unknown;

const READINGS = {
  tag: (scanner) => scanner.tag(),
  atom: (scanner) => scanner.atom(),
  space: (scanner) => scanner.space(),
  word: (scanner) => scanner.word(),
  remainder: (scanner) => scanner.remainder(),
  expectSpace: (scanner) => scanner.expectSpace(),
  expectEnd: (scanner) => scanner.expectEnd(),
  expectAtom: (scanner) => scanner.expectAtom(),
  expectAstring: (scanner) => scanner.expectAstring(),
  expectIdFields: (scanner) => Object.fromEntries(scanner.expectIdFields()),
} satisfies Record<string, Reading>;

/** What a reading gives, and what it leaves; "fault" where it throws, and then it is not to matter what it leaves. */
function outcome(reading: keyof typeof READINGS, text: string): [unknown, string] | "fault" {
  const scanner = new Scanner(text);
  try {
    return [READINGS[reading](scanner), scanner.remainder()];
  } catch (error) {
    if (error instanceof SyntaxFault) return "fault";
    throw error;
  }
}

describe("a scanner", () => {
  test.each<[keyof typeof READINGS, string, [unknown, string] | "fault"]>([
    ["tag", "a.1 NOOP", ["a.1", " NOOP"]],
    ["tag", "* NOOP", [undefined, "* NOOP"]],
    ["tag", "a+b NOOP", ["a", "+b NOOP"]],
    ["atom", "PLAIN x", ["PLAIN", " x"]],
    ["atom", "]", [undefined, "]"]],
    ["space", "  x", [true, " x"]],
    ["space", "x", [false, "x"]],
    ["remainder", " x ", [" x ", " x "]],
    ["expectSpace", " x", [undefined, "x"]],
    ["expectSpace", "x", "fault"],
    ["expectEnd", "", [undefined, ""]],
    ["expectEnd", "  ", [undefined, "  "]],
    ["expectEnd", "x", "fault"],
    ["expectEnd", " x", "fault"],
    ["tag", `${"t".repeat(300)} x`, ["t".repeat(300), " x"]],
    ["word", "a=b c", ["a=b", " c"]],
    ["word", " c", ["", " c"]],
    ["expectAtom", "SCRAM-SHA-1", ["SCRAM-SHA-1", ""]],
    ["expectAtom", "", "fault"],
    ["expectAtom", '"PLAIN"', "fault"],
    ["expectAstring", "alice x", ["alice", " x"]],
    ["expectAstring", "a%*]\\b", ["a%*]\\b", ""]],
    ["expectAstring", '"al\\"ic\\\\e" x', ['al"ic\\e', " x"]],
    ["expectAstring", '"" x', ["", " x"]],
    ["expectAstring", '"\xc3\xa5"', ["\xc3\xa5", ""]],
    ["expectAstring", '"alice', "fault"],
    ["expectAstring", '"al\\ice"', "fault"],
    ["expectAstring", "\xc3\xa5", "fault"],
    ["expectAstring", "{3}\r\na b x", ["a b", " x"]],
    ["expectAstring", "{3+}\r\n\0\r\n x", ["\0\r\n", " x"]],
    ["expectAstring", "{0}\r\n x", ["", " x"]],
    ["expectAstring", "{3}\na b", ["a b", ""]],
    ["expectAstring", "{4}\r\nabc", "fault"],
    ["expectAstring", "{3}abc", "fault"],
    ["expectAstring", "{99999999999}\r\nabc", "fault"],
    ["expectIdFields", "NIL", [{}, ""]],
    ["expectIdFields", "nil x", [{}, " x"]],
    ["expectIdFields", "()", [{}, ""]],
    ["expectIdFields", '("Name" "x" "os" NIL)', [{ name: "x", os: undefined }, ""]],
    ["expectIdFields", '("nil" "NIL")', [{ nil: "NIL" }, ""]],
    ["expectIdFields", '("a" {2}\r\nb) "c" "d")', [{ a: "b)", c: "d" }, ""]],
    ["expectIdFields", '("a")', "fault"],
    ["expectIdFields", '("a" "b" )', "fault"],
    ["expectIdFields", '("a" b)', "fault"],
    ["expectIdFields", '(NIL "b")', "fault"],
    ["expectIdFields", '("a" "b"', "fault"],
    ["expectIdFields", "NILS", "fault"],
  ])("%s of %j is %j", (reading, text, expected) => {
    expect(outcome(reading, text)).toEqual(expected);
  });

  test("reads from left to right, nothing twice, and never loops", () => {
    const texts = hostileOctets(
      ['a LOGIN "al\\"ice" {3}\r\nabc', 'a ID ("name" "x" "os" NIL "v" {2}\r\nab)', "a AUTHENTICATE PLAIN ="],
      ["(", ")", '"', "\\", "{3}\r\n", "{3+}\r\n", "{9999999999}\r\n", "NIL", " ", "\0", "\x80", '"a" '],
    );
    const readings = fc.array(fc.constantFrom(...(Object.keys(READINGS) as (keyof typeof READINGS)[])));
    fc.assert(
      fc.property(texts, readings, (text, given) => {
        const scanner = new Scanner(text);
        for (const reading of given) {
          const before = scanner.remainder();
          try {
            const read = READINGS[reading](scanner);
            if (typeof read === "string") expect(read.length).toBeLessThanOrEqual(before.length);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxFault);
          }
          expect(before.endsWith(scanner.remainder())).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("what can be quoted comes back from its quoted string", () => {
    fc.assert(
      fc.property(anyOctets(30), (text) => {
        fc.pre(isQuotable(text));
        expect(outcome("expectAstring", quote(text))).toEqual([text, ""]);
      }),
    );
  });
});
