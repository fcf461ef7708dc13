import fc from "fast-check";
import { expect, test } from "vitest";
import { forwardedFields, hopsOf, idArguments } from "../../../../../edge-proxy/protocol/imap/id.ts";
import { Scanner } from "../../../../../edge-proxy/protocol/imap/scanner.ts";
import { anyOctets } from "../mutations.ts";

test("the ID for a store reads back as what was meant: own fields first, none forged, 30 at most", () => {
  const names = fc.oneof(anyOctets(34), fc.constantFrom("x-originating-ip", "X-Session-Id", "x-proxy-ttl"));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(names, fc.option(anyOctets(20), { nil: undefined })), { maxLength: 50 }),
      (said) => {
        const id = new Map(said.map(([name, value]) => [name.toLowerCase(), value] as const));
        const own = {
          sid: "s-1",
          address: "192.0.2.1",
          port: 1,
          localAddress: "192.0.2.2",
          localPort: 2,
          hopsLeft: 3,
        };
        const scanner = new Scanner(idArguments(forwardedFields(own, id)));
        const fields = scanner.expectIdFields();
        scanner.expectEnd();
        expect(fields.size).toBeLessThanOrEqual(30);
        expect([...fields].slice(0, 6).map(([, value]) => value)).toEqual([
          "s-1",
          "192.0.2.1",
          "1",
          "192.0.2.2",
          "2",
          "3",
        ]);
        for (const [name, value] of [...fields].slice(6)) {
          expect(name).not.toMatch(/^x-/);
          expect([id.has(name), id.get(name)]).toEqual([true, value]);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ["3", 3],
  ["0", 0],
  ["999", 999],
  ["1000", undefined],
  ["-1", undefined],
  ["3 ", undefined],
  ["", undefined],
  [undefined, undefined],
])("x-proxy-ttl %j allows %s hops", (value, hops) => {
  expect(hopsOf(new Map([["x-proxy-ttl", value]]))).toBe(hops);
});

test("an ID without x-proxy-ttl says nothing of hops", () => {
  expect(hopsOf(new Map([["name", "x"]]))).toBeUndefined();
});
