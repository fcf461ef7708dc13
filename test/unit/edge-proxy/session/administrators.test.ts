import { describe, expect, test } from "vitest";
import { newRecord, type SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { PreAuthCache } from "../../../../edge-proxy/pre-auth/cache.ts";
import { PasswordChecker } from "../../../../edge-proxy/pre-auth/checker.ts";
import { octetsBase64, SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { Login } from "../../../../edge-proxy/session/login.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { makeRig, type RigOptions } from "./session-rig.ts";

const GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n";
const ADDRESSES = { remoteAddress: "192.0.2.7", remotePort: 1, localAddress: "10.0.0.1", localPort: 143 };
const FAILED_LOGIN_SECONDS = 2.5;

const BOB = { "bob@a.example": routeAnswer("b17@a.example") };
const instance = { administrators: ["Migrator"], defaultDomain: "a.example" };

interface Tried {
  user: string;
  for: string;
  secret?: string;
}

function logIn(options: RigOptions, { user, for: authorizationId, secret = "secret" }: Tried) {
  const rig = makeRig({ instance, routes: BOB, ...options });
  const record = newRecord("main", "imap", ADDRESSES);
  const heard: string[] = [];
  const audited: { outcome: string; record: SessionRecord }[] = [];
  const audit = (of: SessionRecord, outcome: string): void =>
    void audited.push({ outcome, record: { ...of } });
  const owner = {
    challenge() {},
    delayed() {},
    loginFailed: (failure: string) => void heard.push(failure),
    loggedIn: ({ text }: { text: string }) => void heard.push(`in: ${text}`),
  };
  const login = new Login({ ...rig.services, audit }, owner, record, {
    credentials: {
      kind: "password",
      mechanism: "PLAIN",
      user,
      password: new SecretOctets(secret),
      authorizationId,
    },
    introduction: undefined,
    certificate: undefined,
  });
  login.start();
  const store = () => {
    rig.transport.last.accepts().says(GREETING);
    return rig.transport.last.heard();
  };
  return { ...rig, record, heard, audited, store };
}

const plain = (...parts: string[]): string => `M AUTHENTICATE PLAIN ${octetsBase64(parts.join("\0"))}\r\n`;

describe("an administrator logs in for a user", () => {
  test("the route is the user's, and the store is told both names and judges the password", () => {
    const { store, transport, heard, asked, record, audited } = logIn({}, { user: "migrator", for: "Bob" });
    expect(asked[0]).toBe("bob@a.example");
    expect(store()).toBe(plain("b17@a.example", "Migrator", "secret"));
    transport.last.says("M OK in\r\n");
    expect(heard).toEqual(["in: in"]);
    expect(record).toMatchObject({ login: "migrator@a.example", account: "b17@a.example" });
    expect(audited).toMatchObject([
      {
        outcome: "granted",
        record: {
          login: "migrator@a.example",
          authorizationId: "bob@a.example",
          account: "b17@a.example",
          store: "store1",
        },
      },
    ]);
  });

  test("a wrong password is the client's, and is audited", () => {
    const { store, transport, heard, passes, record, audited } = logIn({}, { user: "migrator", for: "bob" });
    store();
    transport.last.says("M NO [AUTHENTICATIONFAILED] wrong\r\n");
    expect(heard).toEqual([]);
    passes(FAILED_LOGIN_SECONDS);
    expect(heard).toEqual(["credentials"]);
    expect(record.failures).toMatchObject([
      { code: "store-refused", login: "migrator@a.example", authorizationId: "bob@a.example" },
    ]);
    expect(audited.map(({ outcome }) => outcome)).toEqual(["refused"]);
  });

  test("the password goes to the store even where the directory judges those of users", () => {
    const preAuth = new PasswordChecker({
      client: {
        preAuthenticate() {
          throw new Error("it is not the user's password");
        },
      },
      cache: new PreAuthCache(0, 0, { nowMs: 0 }),
      timers: { nowMs: 0 },
      seconds: 1,
      passwordMax: 100,
      log: { write() {}, flush() {} },
    });
    const stores = { "*": { imap: { port: 1, tls: "none" }, replay: "admin" } };
    const files = { p: "edge's" };
    const storeAdmin = { user: "edge", passwordFile: "p" };
    const { store } = logIn(
      { preAuth, stores, files, instance: { ...instance, storeAdmin } },
      { user: "migrator", for: "bob" },
    );
    expect(store()).toBe(plain("b17@a.example", "Migrator", "secret"));
  });

  test("the name for the store must be the user's own", () => {
    const { heard, passes, record, transport } = logIn(
      { claims: { is: "claims", entries: [] } },
      { user: "migrator", for: "bob" },
    );
    passes(0);
    expect(heard).toEqual(["unavailable"]);
    expect(record.failures?.map(({ code }) => code)).toEqual(["store-name-not-own"]);
    expect(transport.connections).toEqual([]);
  });

  test.each<[string, RigOptions, Tried, failure: string, code: string, audited: number]>([
    ["without being one", {}, { user: "alice", for: "bob" }, "not-authorized", "foreign-authorization-id", 0],
    [
      "without there being any",
      { instance: {} },
      { user: "migrator", for: "bob" },
      "not-authorized",
      "foreign-authorization-id",
      0,
    ],
    [
      "as a user of that name in another domain",
      {},
      { user: "migrator@b.example", for: "bob" },
      "not-authorized",
      "foreign-authorization-id",
      0,
    ],
    ["for nobody", {}, { user: "migrator", for: "nobody" }, "credentials", "unknown-user", 1],
    ["for no name", {}, { user: "migrator", for: "a\u0000" }, "credentials", "control-character", 1],
    [
      "without a password",
      {},
      { user: "migrator", for: "bob", secret: "" },
      "credentials",
      "empty-password",
      1,
    ],
    [
      "for a disabled account",
      { routes: { "bob@a.example": routeAnswer("b17@a.example", { status: "disabled" }) } },
      { user: "migrator", for: "bob" },
      "credentials",
      "account-disabled",
      1,
    ],
  ])(
    "%s: no store hears of it, and it counts as a failed login",
    (_name, options, tried, failure, code, lines) => {
      const { heard, passes, record, transport, audited } = logIn(options, tried);
      expect(heard).toEqual([]);
      passes(FAILED_LOGIN_SECONDS);
      expect(heard).toEqual([failure]);
      expect(record.failures).toMatchObject([{ code, login: expect.stringContaining(tried.user) }]);
      expect(transport.connections).toEqual([]);
      expect(audited).toHaveLength(lines);
    },
  );

  test("both names are in the log where it is not allowed to", () => {
    const { record } = logIn({}, { user: "alice", for: "bob" });
    expect(record.failures).toMatchObject([{ login: "alice@a.example", authorizationId: "bob@a.example" }]);
  });

  test("another spelling of the client's own name is nobody else's", () => {
    const routes = { "bob@a.example": routeAnswer("b17@a.example") };
    const { store, record } = logIn({ routes }, { user: "bob", for: "Bob@A.example" });
    expect(store()).toBe(plain("", "b17@a.example", "secret"));
    expect(record.authorizationId).toBeUndefined();
  });

  test("an administrator of the instance is none under another name of a virtual domain", () => {
    const vdmap = "vdmap inside 10.0.0.1\ninside:DefaultDomain b.example\n";
    const rig = makeRig({ instance: { ...instance, virtualDomainFile: "vdmap" }, files: { vdmap } });
    const inside = rig.services.forArrival?.({ localAddress: "10.0.0.1", localPort: 143 });
    expect([...(inside?.policy.administrators ?? [])]).toEqual([["migrator@a.example", "Migrator"]]);
  });
});
