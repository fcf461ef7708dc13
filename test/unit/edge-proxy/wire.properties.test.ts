import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpResponseReader, HttpSyntaxError } from "../../../edge-proxy/api-client/http-response.ts";
import { loginName } from "../../../edge-proxy/identity/login-name.ts";
import { utf8Text } from "../../../edge-proxy/protocol/octets.ts";
import { addressOctets, addressText } from "../../../edge-proxy/transport/ip-address.ts";
import { proxyHeaderV2, readProxyHeader } from "../../../edge-proxy/transport/proxy-protocol.ts";
import { routePath } from "../../../route-api/contract/routes.ts";
import { hostileBytes, pieces, sizes } from "./protocol/mutations.ts";

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

describe("a PROXY header", () => {
  test("of version 2 reads back as it was written, whatever follows, and is unfinished while it is cut", () => {
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

  test("of version 1 too", () => {
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

  test("of any bytes is judged the same however much has come: once judged, more changes nothing", () => {
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
});

describe("HTTP answers", () => {
  const seeds = [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\n\r\n",
  ].map((text) => Buffer.from(text));
  const tokens = [
    "HTTP/1.1 200 OK\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 99999999\r\n",
    "\r\n",
    "\n",
    "\0",
  ];
  const more = [
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "ffffff\r\n",
    "0\r\n\r\n",
    "-1\r\n",
    "abc",
  ];

  function read(parts: readonly Uint8Array[]): string[] {
    const reader = new HttpResponseReader(65_536);
    const got: string[] = [];
    try {
      for (const part of parts) {
        reader.append(part);
        for (let answer = reader.next(); answer !== undefined; answer = reader.next()) {
          got.push(`${answer.status} ${Buffer.from(answer.body).toString("latin1")} ${answer.keepAlive}`);
        }
      }
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error;
      got.push("wrong");
    }
    return got;
  }

  test("of any bytes come apart the same however they are cut, or are refused", () => {
    fc.assert(
      fc.property(hostileBytes(seeds, [...tokens, ...more]), sizes, (bytes, lengths) => {
        expect(read(pieces(bytes, lengths))).toEqual(read([bytes]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a login name", () => {
  const names = hostileBytes(
    ["Alice@Example.com", "alice", "../../v1/users", "a%2fb?domain=c#d", "\u212Aelvin@example.com"].map(
      (name) => Buffer.from(name),
    ),
    [
      "@",
      "/",
      "..",
      "%00",
      "\r\n",
      "\0",
      "\xc2\x85",
      "\xed\xa0\x80",
      "?",
      "#",
      "*",
      "(",
      ")",
      "\\",
      "İ",
      " ",
    ],
  ).map((bytes) => Buffer.from(bytes).toString("latin1"));

  test("is one key: the same when it is judged again, and one segment of a path", () => {
    fc.assert(
      fc.property(names, fc.constantFrom("", "example.com"), (typed, defaultDomain) => {
        const settings = { delimiters: "@", canonicalDelimiter: "@", defaultDomain };
        const name = loginName(typed, settings);
        if (!name.ok) return;
        expect(utf8Text(typed)).toBeDefined();
        expect(Buffer.byteLength(name.login)).toBeLessThanOrEqual(255);
        expect(name.login).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        const again = Buffer.from(name.login).toString("latin1");
        expect(loginName(again, settings)).toMatchObject({ login: name.login });
        const segment = routePath(name.login).slice("/v1/routes/".length);
        expect(segment).toMatch(/^[A-Za-z0-9!'()*._~%-]+$/);
        expect(decodeURIComponent(segment)).toBe(name.login);
      }),
      { numRuns: 2000 },
    );
  });
});
