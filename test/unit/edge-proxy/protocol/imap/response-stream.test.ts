import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImapResponseStream } from "../../../../../edge-proxy/protocol/imap/response-stream.ts";
import { encodeOctets } from "../../../../../edge-proxy/protocol/octets.ts";

const CASES: [name: string, text: string, between: boolean][] = [
  ["nothing yet", "", true],
  ["a whole line", "* 3 EXISTS\r\n", true],
  ["half a line", "* 3 EXI", false],
  ["a line without its LF", "* 3 EXISTS\r", false],
  ["a literal that is announced", "* 1 FETCH (BODY[] {5}\r\n", false],
  ["a literal half read", "* 1 FETCH (BODY[] {5}\r\n12", false],
  ["a literal that looks like lines", "* 1 FETCH (BODY[] {8}\r\n* OK\r\n", false],
  ["the end of a literal", "* 1 FETCH (BODY[] {5}\r\n12345", false],
  ["the line behind a literal", "* 1 FETCH (BODY[] {5}\r\n12345)\r\n", true],
  ["two literals", "* 1 FETCH (A {2}\r\n\r\n B ~{1}\r\nx)\r\n", true],
  ["an empty literal", "* 1 FETCH (A {0}\r\n)\r\n", true],
  ["braces in the text of a status response", "a OK done {500}\r\n", true],
  ["a continuation request", "+ idling\r\n", true],
  ["a tag", "A.1 OK FETCH completed\r\n", true],
  ["a compressed stream", "a OK DEFLATE active\r\n\x00\x12\r\n", false],
  ["lines without CR", "* 3 EXISTS\n", false],
  ["something that is no response", "\x80\r\n", false],
  ["a tag without a status", "abc def\r\n", false],
  ["a long line", `* OK ${"x".repeat(70_000)}\r\n`, true],
  [
    "many lines, and a literal among them",
    `${"* 1 FETCH (FLAGS ())\r\n".repeat(20)}* 1 FETCH (A {3}\r\nab`,
    false,
  ],
  ["braces that announce nothing", "* 1 FETCH (FLAGS ({x} {7}y))\r\n", true],
  ["a line end that the literal begins with", "* 1 FETCH (A {2}\r\n\r\n)\r\n", true],
];

const state = (parts: Uint8Array[]): boolean => {
  const stream = new ImapResponseStream();
  for (const part of parts) stream.feed(part);
  return stream.between;
};

describe("where the store's stream stands", () => {
  test.each(CASES)("%s, cut at every byte", (_name, text, between) => {
    const bytes = encodeOctets(text);
    expect(state([bytes])).toBe(between);
    for (let at = 1; at < Math.min(bytes.length, 200); at++) {
      expect([at, state([bytes.subarray(0, at), bytes.subarray(at)])]).toEqual([at, between]);
    }
    expect(state(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)))).toBe(between);
  });

  test("any bytes, cut anyhow, come to the same", () => {
    const piece = fc.oneof(
      fc.constantFrom("* 1 FETCH (A {3}\r\n", "abc", ")\r\n", "a OK {9}\r\n", "\r\n", "{", "}", "\n"),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (pieces, sizes) => {
          const bytes = Buffer.from(pieces.join(""), "latin1");
          const parts: Uint8Array[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value as number;
            parts.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(state(parts)).toBe(state([bytes]));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
