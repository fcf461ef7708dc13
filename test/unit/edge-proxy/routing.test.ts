import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpResponseReader, HttpSyntaxError } from "../../../edge-proxy/api-client/http-response.ts";
import { StoreConfig } from "../../../edge-proxy/config/stores.ts";
import { loginName } from "../../../edge-proxy/identity/login-name.ts";
import { SecretOctets, utf8Octets } from "../../../edge-proxy/protocol/octets.ts";
import { storeFinder } from "../../../edge-proxy/session/store-targets.ts";

const withDomain = (defaultDomain: string, delimiters = "@") => ({
  delimiters,
  canonicalDelimiter: "@",
  defaultDomain,
});

describe("login name", () => {
  test.each([
    ["Alice", "", "alice"],
    ["Alice", "example.com", "alice@example.com"],
    ["alice@Example.ORG", "example.com", "alice@example.org"],
    [utf8Octets("ålice"), "", "ålice"],
    ["Alice+Example.ORG", "example.com", "alice+example.org@example.com"],
  ])("%s with default domain %s is %s", (typed, domain, login) => {
    expect(loginName(typed, withDomain(domain))).toMatchObject({ ok: true, login });
  });

  test.each([
    ["", "empty"],
    ["a\0b", "control-character"],
    ["a\r\nb", "control-character"],
    ["a\x7f", "control-character"],
    [utf8Octets("a\u0085"), "control-character"],
    ["\xc0\xaf", "not-utf8"],
    ["\xed\xa0\x80", "not-utf8"],
    ["x".repeat(256), "too-long"],
    [".", "dots"],
    ["..", "dots"],
  ])("%j is refused as %s", (typed, fault) => {
    expect(loginName(typed, withDomain(""))).toEqual({ ok: false, fault });
  });

  test("is divided only once it is judged", () => {
    expect(loginName("Bob+Example.COM", withDomain("", "@+"))).toEqual({
      ok: true,
      login: "bob@example.com",
      parts: {
        typed: "Bob+Example.COM",
        user: "Bob",
        domain: "example.com",
        canonical: "Bob@example.com",
      },
    });
    expect(loginName("\xc0\xaf+x", withDomain("", "@+"))).toEqual({ ok: false, fault: "not-utf8" });
  });

  test("a default domain cannot make a name too long", () => {
    expect(loginName("x".repeat(250), withDomain("example.com"))).toEqual({ ok: false, fault: "too-long" });
  });

  test("any octets give a name within bounds, or a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const name = loginName(Buffer.from(bytes).toString("latin1"), withDomain("example.com"));
        if (!name.ok) return;
        expect(Buffer.byteLength(name.login)).toBeLessThanOrEqual(255);
        expect(name.login).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

describe("HTTP answers", () => {
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
    [
      "a chunk line without an end",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1".repeat(2000)}`,
    ],
    ["a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX"],
    ["a wrong chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
    ["a head without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`],
  ])("%s is refused", (_name, text) => {
    const reader = new HttpResponseReader(BODY_BYTES);
    reader.append(Buffer.from(text));
    expect(() => reader.next()).toThrow(HttpSyntaxError);
  });
});

const PIN = "9P6ioywi1rhhLmAw74gvoAIol7R3f+xQ5m3waiEB3B4=";

describe("stores", () => {
  const find = storeFinder(
    {
      "Store1.example.com": StoreConfig.parse({
        address: "10.0.0.1",
        imap: { port: 143, tls: "starttls", proxyProtocol: "v2" },
        caFile: "ca.pem",
        certFile: "c.pem",
        keyFile: "k.pem",
        pinnedKey: PIN,
        replay: "login",
        forwardClient: true,
        storeAdmin: { user: "other", passwordFile: "pw" },
      }),
      "*": StoreConfig.parse({ imap: { port: 1143, tls: "none" } }),
    },
    "imap",
    (path) => `text of ${path}`,
  );

  test("by name, whatever its case", () => {
    expect(find("STORE1.example.com")).toEqual({
      name: "store1.example.com",
      host: "10.0.0.1",
      port: 143,
      startTls: true,
      implicitTls: false,
      tls: {
        serverName: "store1.example.com",
        trust: {
          verify: true,
          ca: "text of ca.pem",
          certificate: { cert: "text of c.pem", key: "text of k.pem" },
          pinnedKey: PIN,
        },
      },
      proxyHeader: true,
      replay: "login",
      forwardClient: true,
      admin: { user: "other", password: new SecretOctets("text of pw") },
      next: undefined,
    });
  });

  test("by name, with the root's dot or without", () => {
    expect(find("store1.example.com.")).toBe(find("store1.example.com"));
    expect(find("other.example.")).toMatchObject({ name: "other.example", host: "other.example" });
  });

  test.each([".", "..", "[]", "[.]"])("%s is no other host, and not this machine", (mailHost) => {
    expect(find(mailHost)).toMatchObject({ name: mailHost, host: mailHost });
  });

  test("an IPv6 address in brackets is the same without", () => {
    const stores = {
      "[FD00::1]": StoreConfig.parse({ address: ["[fd00::2]", "fd00::3"], imap: { port: 143 } }),
      "*": StoreConfig.parse({ imap: { port: 143 } }),
    };
    const findAt = storeFinder(stores, "imap", () => "");
    expect(findAt("fd00::1")).toMatchObject({ host: "fd00::2", next: { host: "fd00::3" } });
    expect(findAt("[fd00::1]")).toBe(findAt("FD00::1"));
    expect(findAt("[fd00::9]")).toMatchObject({ host: "fd00::9", tls: { serverName: "fd00::9" } });
  });

  test("all others by *", () => {
    expect(find("other")).toEqual({
      name: "other",
      host: "other",
      port: 1143,
      startTls: false,
      implicitTls: false,
      proxyHeader: false,
      replay: "auto",
      forwardClient: false,
      admin: undefined,
      next: undefined,
    });
  });

  test("an account may have another port there", () => {
    expect(find("other", { imapPort: 2143, pop3Port: 2110 })?.port).toBe(2143);
    expect(find("other", { pop3Port: 2110 })?.port).toBe(1143);
    expect(find("other")?.port).toBe(1143);
  });

  test("several addresses follow one another, each at the account's port", () => {
    const several = storeFinder(
      { pool: StoreConfig.parse({ address: ["a", "b"], imap: { port: 143, tls: "starttls" } }) },
      "imap",
      () => "",
    );
    const places = (target = several("pool")): string[] =>
      target === undefined
        ? []
        : [`${target.name} ${target.host}:${target.port}`, ...(target.next ? places(target.next) : [])];
    expect(places()).toEqual(["pool a:143", "pool b:143"]);
    expect(places(several("pool", { imapPort: 1 }))).toEqual(["pool a:1", "pool b:1"]);
    expect(several("pool")?.tls?.trust).toBe(several("pool")?.next?.tls?.trust);
  });

  test("a store without the protocol is none", () => {
    const none = storeFinder({ "*": StoreConfig.parse({ imap: { port: 1 } }) }, "pop3", () => "");
    expect(none("other")).toBeUndefined();
  });
});
