import fc from "fast-check";
import { expect, test } from "vitest";
import { clientRange } from "../../../../edge-proxy/guard/client-range.ts";
import { connectionLimit } from "../../../../edge-proxy/guard/connection-limit.ts";
import { isWithin, parseNetwork } from "../../../../edge-proxy/guard/network.ts";
import { addressOctets } from "../../../../edge-proxy/transport/ip-address.ts";

const range = (text: string) => {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new Error(`${text} is no range`);
  return parsed;
};

test.each([
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0/8",
  "fd00::/129",
  "fe80::1%eth0",
  "/8",
  "",
  "store.example.com",
])("%j is no range", (text) => {
  expect(parseNetwork(text)).toBeUndefined();
});

test.each<[text: string, address: string, isIn: boolean]>([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["10.9.9.9/8", "10.0.0.1", true],
  ["0.0.0.0/0", "192.0.2.1", true],
  ["0.0.0.0/0", "::1", false],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["192.0.2.128/25", "192.0.2.129", true],
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.8", false],
  ["fd00::/8", "fdff::1", true],
  ["fd00::/8", "fe00::1", false],
  ["2001:db8:0:8000::/49", "2001:db8:0:7fff::", false],
  ["::/0", "10.0.0.1", false],
])("%s has %s: %s", (text, address, isIn) => {
  expect(isWithin(range(text), address)).toBe(isIn);
});

test.each<[address: string, ipv4Bits: number, ipv6Bits: number, key: string]>([
  ["192.0.2.7", 32, 64, "192.0.2.7"],
  ["192.0.2.7", 24, 64, "192.0.2.0/24"],
  ["192.0.2.7", 0, 64, "0.0.0.0/0"],
  ["2001:db8:1:2:3:4:5:6", 32, 64, "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", 32, 64, "2001:db8:1:2::/64"],
  ["2001:db8:1:2ff::6", 32, 56, "2001:db8:1:200::/56"],
  ["2001:db8::6", 32, 128, "2001:db8::6"],
  ["not an address", 24, 64, "not an address"],
])("%s counts under %s/%s bits as %s", (address, ipv4Bits, ipv6Bits, key) => {
  expect(clientRange(address, { ipv4Bits, ipv6Bits })).toBe(key);
});

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6());

test("two addresses are one client where, and only where, their first bits are the same", () => {
  const prefix = fc.record({ ipv4Bits: fc.nat(32), ipv6Bits: fc.nat(128) });
  fc.assert(
    fc.property(anyAddress, anyAddress, prefix, (a, b, bits) => {
      const octets = addressOctets(a);
      if (octets === undefined) return;
      const same = isWithin(range(`${a}/${octets.length === 4 ? bits.ipv4Bits : bits.ipv6Bits}`), b);
      const whole = octets.length === 4 ? bits.ipv4Bits === 32 : bits.ipv6Bits === 128;
      // A whole address is its own key, in whichever spelling a socket gives it: there is only one.
      if (whole) return;
      expect(clientRange(a, bits) === clientRange(b, bits)).toBe(same);
    }),
  );
});

test.each<[address: string, connections: number]>([
  ["192.0.2.7", 20],
  ["10.1.0.1", 1000],
  ["10.9.0.1", 5],
  ["10.9.0.2", 7],
  ["2001:db8::1", 20],
  ["fd00::1", 300],
])("the narrowest range that has %s gives it %i connections", (address, connections) => {
  const limit = connectionLimit(20, [
    { range: range("10.0.0.0/8"), connections: 1000 },
    { range: range("10.9.0.0/16"), connections: 5 },
    { range: range("10.9.0.2"), connections: 7 },
    { range: range("fd00::/8"), connections: 300 },
  ]);
  expect(limit(address)).toBe(connections);
});

test("without a limit for everybody, ranges have theirs and nobody else has one", () => {
  const limit = connectionLimit(undefined, [{ range: range("10.0.0.0/8"), connections: 3 }]);
  expect(limit("10.0.0.1")).toBe(3);
  expect(limit("192.0.2.7")).toBe(Number.POSITIVE_INFINITY);
});
