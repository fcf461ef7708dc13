import { expect, test } from "vitest";
import { StoreConfig } from "../../../../edge-proxy/config/stores.ts";
import { SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { storeFinder } from "../../../../edge-proxy/session/store-targets.ts";

const PIN = "9P6ioywi1rhhLmAw74gvoAIol7R3f+xQ5m3waiEB3B4=";

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

/** What holds for a store that says nothing of it. */
const GUARD = {
  attempts: 256,
  attemptWaitSeconds: 5,
  sessions: Number.POSITIVE_INFINITY,
  lostSessionsSeconds: 10,
  breaker: { failures: 5, openSeconds: 5 },
};

const PROOF_TIMES = { adminProbeSeconds: 86_400, adminProbeRetrySeconds: 600 };

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
        policy: { minimumVersion: undefined, ciphers: undefined },
        ca: "text of ca.pem",
        certificate: { cert: "text of c.pem", key: "text of k.pem" },
        pinnedKey: PIN,
      },
    },
    proxyHeader: true,
    replay: "login",
    forwardClient: true,
    admin: { user: "other", password: new SecretOctets("text of pw"), probe: undefined },
    proofTimes: PROOF_TIMES,
    guard: GUARD,
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
    proofTimes: PROOF_TIMES,
    guard: GUARD,
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
