import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  base64Octets,
  isBase64,
  octetsBase64,
  utf8Octets,
  utf8Text,
} from "../../../../edge-proxy/protocol/octets.ts";
import { anyOctets } from "./mutations.ts";

describe("base64 and UTF-8", () => {
  test("what is taken for base64 is base64, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(anyOctets(40), anyOctets(40).map(octetsBase64)), (text) => {
        const decoded = base64Octets(text);
        expect(decoded !== undefined).toBe(isBase64(text));
        // Stray bits in the last character are the only thing that does not come back.
        if (decoded !== undefined) expect(octetsBase64(decoded).slice(0, -4)).toBe(text.slice(0, -4));
      }),
      { numRuns: 1000 },
    );
  });

  test("a text comes back from its octets, and wrong octets are none", () => {
    fc.assert(
      fc.property(anyOctets(40), fc.string({ unit: "binary" }), (any, text) => {
        expect(utf8Text(utf8Octets(text))).toBe(text);
        const decoded = utf8Text(any);
        if (decoded !== undefined) expect(utf8Octets(decoded)).toBe(any);
      }),
      { numRuns: 1000 },
    );
  });
});
