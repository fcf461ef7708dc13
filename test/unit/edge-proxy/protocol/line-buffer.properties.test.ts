import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineBuffer } from "../../../../edge-proxy/protocol/line-buffer.ts";
import { decodeOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { hostileBytes, pieces, sizes } from "./mutations.ts";

describe("lines", () => {
  const bytes = hostileBytes(
    [Buffer.from("one\r\ntwo\nthree\r\r\n\r\n\nfour")],
    ["\r\n", "\n", "\r", "\0", "x"],
  );

  test("come out the same however they are cut, with nothing lost", () => {
    fc.assert(
      fc.property(bytes, sizes, (stream, lengths) => {
        const buffer = new LineBuffer();
        const lines: string[] = [];
        for (const piece of pieces(stream, lengths)) {
          buffer.append(piece);
          for (let line = buffer.takeLine(); line !== undefined; line = buffer.takeLine()) {
            lines.push(line);
          }
        }
        const [...expected] = decodeOctets(stream).split("\n");
        const rest = expected.pop();
        expect(lines).toEqual(expected.map((line) => line.replace(/\r$/, "")));
        expect(decodeOctets(buffer.rest())).toBe(rest);
        expect(buffer.length).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
