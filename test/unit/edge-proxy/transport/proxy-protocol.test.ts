import fc from "fast-check";
import { expect, test } from "vitest";
import { addressOctets, addressText } from "../../../../edge-proxy/transport/ip-address.ts";
import { proxyHeaderV2, readProxyHeader } from "../../../../edge-proxy/transport/proxy-protocol.ts";
import { hostileBytes } from "../protocol/mutations.ts";

const address = fc.oneof(
  fc.ipV4(),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => addressText(octets)),
);
const port = fc.nat(65_535);
const addresses = fc.record({
  remoteAddress: address,
  remotePort: port,
  localAddress: address,
  localPort: port,
});
const versions = fc.constantFrom("v1", "v2", "any");

test("version 2 reads back as it was written, whatever follows, and is unfinished while it is cut", () => {
  fc.assert(
    fc.property(addresses, fc.uint8Array(), (given, rest) => {
      const header = proxyHeaderV2(given);
      const read = readProxyHeader(Buffer.concat([header, rest]), "v2");
      expect(read).toEqual({ is: "header", length: header.length, addresses: given });
      for (let length = 0; length < header.length; length++) {
        expect(readProxyHeader(header.subarray(0, length), "v2")).toEqual({ is: "unfinished" });
      }
    }),
    { numRuns: 200 },
  );
});

test("version 1 reads back too, and is unfinished while it is cut", () => {
  fc.assert(
    fc.property(addresses, (given) => {
      const { remoteAddress, remotePort, localAddress, localPort } = given;
      const families = [remoteAddress, localAddress].map((text) => addressOctets(text)?.length);
      if (families[0] !== families[1]) return;
      const family = families[0] === 4 ? "TCP4" : "TCP6";
      const line = `PROXY ${family} ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`;
      const read = readProxyHeader(Buffer.from(`${line}rest`), "any");
      expect(read).toEqual({ is: "header", length: line.length, addresses: given });
      for (let length = 0; length < line.length; length++) {
        expect(readProxyHeader(Buffer.from(line.slice(0, length)), "v1")).toEqual({ is: "unfinished" });
      }
    }),
    { numRuns: 200 },
  );
});

test("any bytes are judged the same however much has come: once judged, more changes nothing", () => {
  const seeds = [
    proxyHeaderV2({ remoteAddress: "192.0.2.1", remotePort: 1, localAddress: "192.0.2.2", localPort: 2 }),
    proxyHeaderV2({ remoteAddress: "2001:db8::1", remotePort: 1, localAddress: "192.0.2.2", localPort: 2 }),
    Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\na LOGIN"),
    Buffer.from("PROXY UNKNOWN\r\n"),
  ];
  const tokens = [
    "PROXY ",
    "TCP4 ",
    "TCP6 ",
    "UNKNOWN",
    "\r\n",
    "::1 ",
    "::ffff:1.2.3.4 ",
    "1.2.3.4%x ",
    "65536",
    "-1",
  ];
  const tlv = ["\x03\x00\x04abcd", "\x04\x00\x00", "\x01\xff\xff", "\x20\x00"];
  fc.assert(
    fc.property(hostileBytes(seeds, [...tokens, ...tlv]), versions, (bytes, version) => {
      const last = readProxyHeader(bytes, version);
      for (let length = 0; length < bytes.length; length++) {
        const read = readProxyHeader(bytes.subarray(0, length), version);
        if (read.is === "unfinished") continue;
        // A longer beginning may only make the reason plainer.
        expect(last.is === "wrong" && read.is === "wrong" ? read.is : last).toEqual(
          last.is === "wrong" && read.is === "wrong" ? "wrong" : read,
        );
        break;
      }
      if (last.is !== "header") return;
      expect(last.length).toBeLessThanOrEqual(bytes.length);
      for (const text of [last.addresses?.remoteAddress, last.addresses?.localAddress]) {
        if (text !== undefined) expect(addressText(addressOctets(text) ?? new Uint8Array())).toBe(text);
      }
    }),
    { numRuns: 2000 },
  );
});
