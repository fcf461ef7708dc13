import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpResponseReader, HttpSyntaxError } from "../../../../edge-proxy/api-client/http-response.ts";
import { hostileBytes, pieces, sizes } from "../protocol/mutations.ts";

const BODY_BYTES = 65_536;
const stream = Buffer.from(
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" +
    "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n" +
    "HTTP/1.1 503 Out\r\ncontent-length:0\r\nConnection: close\r\n\r\n",
);

function readAll(text: string | Buffer, size: number): string[] {
  const bytes = Buffer.from(text);
  const reader = new HttpResponseReader(BODY_BYTES);
  const got: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    reader.append(bytes.subarray(at, at + size));
    for (let answer = reader.next(); answer !== undefined; answer = reader.next()) {
      got.push(`${answer.status} ${Buffer.from(answer.body).toString()} ${answer.keepAlive}`);
    }
  }
  return got;
}

test("pipelined answers come apart however the bytes are cut", () => {
  for (let size = 1; size <= stream.length; size++) {
    expect(readAll(stream, size)).toEqual(["200 {} true", "404 abcd true", "503  false"]);
  }
});

test.each([
  [
    "early hints before it",
    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
  ],
  ["one length, said twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length:2, 2\t\r\n\r\n{}"],
  [
    "trailers",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\nX: 2\r\n\r\n",
  ],
  [
    "a padded chunk size",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked\r\n\r\n00000002\t;x\r\n{}\r\n000\r\n\r\n",
  ],
])("%s: the answer is read, and so is the next", (_name, text) => {
  const last = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: Keep-Alive\r\n\r\nlast";
  for (const size of [1, 7, 1000])
    expect(readAll(text + last, size)).toEqual(["200 {} true", "200 last true"]);
});

test.each([
  ["HTTP/1.1 204 No Content\r\n\r\n", "204  true"],
  ["HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "304  true"],
  ["HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n", "200  false"],
  ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "200  false"],
  ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", "200  true"],
])("%j is %s", (text, answer) => {
  expect(readAll(text, text.length)).toEqual([answer]);
});

test("the longest head is read however it is cut", () => {
  const start = "HTTP/1.1 204 No Content\r\nX: ";
  const text = `${start}${"x".repeat(16_384 - start.length)}\r\n\r\n`;
  for (const size of [text.length, text.length - 1]) expect(readAll(text, size)).toEqual(["204  true"]);
});

test.each([
  ["SMTP", "220 mail\r\n\r\n"],
  ["no length", "HTTP/1.1 200 OK\r\n\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}"],
  ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
  ["another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"],
  ["another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
  [
    "chunks without number",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(5000)}`,
  ],
  [
    "trailers without end",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ${"x".repeat(20_000)}`,
  ],
  ["a body without end", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"],
  ["a chunk line without an end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1".repeat(2000)}`],
  ["a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX"],
  ["a wrong chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
  ["a head without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`],
])("%s is refused", (_name, text) => {
  const reader = new HttpResponseReader(BODY_BYTES);
  reader.append(Buffer.from(text));
  expect(() => reader.next()).toThrow(HttpSyntaxError);
});

describe("any bytes", () => {
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

  test("come apart the same however they are cut, or are refused", () => {
    fc.assert(
      fc.property(hostileBytes(seeds, [...tokens, ...more]), sizes, (bytes, lengths) => {
        expect(read(pieces(bytes, lengths))).toEqual(read([bytes]));
      }),
      { numRuns: 2000 },
    );
  });
});
