import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StoreConfig } from "../../../edge-proxy/config/stores.ts";
import { SecretOctets, utf8Octets } from "../../../edge-proxy/protocol/octets.ts";
import { HttpResponseReader, HttpSyntaxError } from "../../../edge-proxy/routing/http-response.ts";
import { loginName } from "../../../edge-proxy/routing/login-name.ts";
import { storeFinder } from "../../../edge-proxy/routing/stores.ts";

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

  test("pipelined answers come apart however the bytes are cut", () => {
    for (let size = 1; size <= stream.length; size++) {
      const reader = new HttpResponseReader(BODY_BYTES);
      const got: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        reader.append(stream.subarray(at, at + size));
        for (let answer = reader.next(); answer !== undefined; answer = reader.next()) {
          got.push(`${answer.status} ${Buffer.from(answer.body).toString()} ${answer.keepAlive}`);
        }
      }
      expect(got).toEqual(["200 {} true", "404 abcd true", "503  false"]);
    }
  });

  test.each([
    ["SMTP", "220 mail\r\n\r\n"],
    ["no length", "HTTP/1.1 200 OK\r\n\r\n"],
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
