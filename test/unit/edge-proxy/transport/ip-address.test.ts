import { expect, test } from "vitest";
import { singleAddress } from "../../../../edge-proxy/transport/ip-address.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["fe80::1%eth0", "fe80::1"],
  ["::", undefined],
  ["0:0::0", undefined],
  ["0.0.0.0", undefined],
  ["localhost", undefined],
])("a listener on %s has one address, or any of the host's", (text, address) => {
  expect(singleAddress(text)).toBe(address);
});
