import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ClaimsAnswer, PreAuthAnswer, RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { PreAuthCache } from "../../../../edge-proxy/pre-auth/cache.ts";
import { PasswordChecker } from "../../../../edge-proxy/pre-auth/checker.ts";
import type { Credentials } from "../../../../edge-proxy/protocol/dialogue.ts";
import { octetsBase64, SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { Login } from "../../../../edge-proxy/session/login.ts";
import type { LoginRequest } from "../../../../edge-proxy/session/login-request.ts";
import { aRoute, routeAnswer } from "../routing/api-double.ts";
import type { OutgoingWire } from "../transport/fake-transport.ts";
import { makeRig, type RigOptions } from "./session-rig.ts";

const GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-1] ready\r\n";
const ADDRESSES = { remoteAddress: "192.0.2.7", remotePort: 1, localAddress: "10.0.0.1", localPort: 143 };
const FAILED_LOGIN_SECONDS = 2.5;

const password = (user: string, secret = "secret"): Credentials => ({
  kind: "password",
  mechanism: "PLAIN",
  user,
  password: new SecretOctets(secret),
});
const external = (user = ""): Credentials => ({ kind: "external", mechanism: "EXTERNAL", user });
const scram = (user: string): Credentials & { kind: "exchange" } => ({
  kind: "exchange",
  mechanism: "SCRAM-SHA-1",
  user,
  initial: new SecretOctets(octetsBase64(`n,,n=${user},r=nonce`)),
});

/** A certificate whose subject has the address pilar@airius.com. */
const PILAR = Buffer.from(
  readFileSync(new URL("../../../fixtures/certificates/email.pem", import.meta.url), "utf8").replace(
    /-----[^-]+-----|\s/g,
    "",
  ),
  "base64",
);
const BY_MAIL = {
  instance: {
    tls: { certificates: [{ certFile: "c", keyFile: "k" }], certmapFile: "certmap" },
    storeAdmin: { user: "admin", passwordFile: "admin-password" },
  },
  files: { certmap: "certmap default default\ndefault:DNComps\ndefault:FilterComps e=mail\n" },
};

/** A checker that the directory answers as told. */
function checker(answer: PreAuthAnswer): { preAuth: PasswordChecker; noted: string[] } {
  const noted: string[] = [];
  const preAuth = new PasswordChecker({
    client: { preAuthenticate: (request) => request.answered(answer) },
    cache: new PreAuthCache(0, 0, { nowMs: 0 }),
    timers: { nowMs: 0 },
    seconds: 1,
    passwordMax: 100,
    log: { write: ({ user }) => void noted.push(user), flush() {} },
  });
  return { preAuth, noted };
}

function logIn(options: RigOptions, request: Partial<LoginRequest> & Pick<LoginRequest, "credentials">) {
  const rig = makeRig(options);
  const record = newRecord("main", "imap", ADDRESSES);
  const heard: string[] = [];
  const login = new Login(
    rig.services,
    {
      challenge: (message) => heard.push(`challenge ${message}`),
      delayed: (seconds) => heard.push(`delayed for ${seconds} s`),
      loginFailed: (failure) => heard.push(failure),
      loggedIn: ({ text }) => heard.push(`in: ${text}`),
    },
    record,
    { introduction: undefined, certificate: undefined, ...request },
  );
  login.start();
  return { ...rig, record, heard, login };
}

const greets = (store: OutgoingWire): string => {
  store.accepts().says(GREETING);
  return store.heard();
};
const saslPlain = (...parts: string[]): string =>
  `M AUTHENTICATE PLAIN ${octetsBase64(parts.join("\0"))}\r\n`;

type Row = [
  name: string,
  options: RigOptions,
  request: Parameters<typeof logIn>[1],
  failure: string,
  code: string,
];

const alice = (more: object = {}): RigOptions => ({ routes: { alice: routeAnswer("alice", more) } });
const answers = (answer: RouteAnswer): RigOptions => ({ routes: { alice: answer } });

describe("before a store is asked", () => {
  const rows: Row[] = [
    ["no name", {}, { credentials: password("") }, "credentials", "empty"],
    ["a name that is not UTF-8", {}, { credentials: password("\xc0\xaf") }, "credentials", "not-utf8"],
    [
      "NUL in the password",
      {},
      { credentials: password("alice", "a\0b") },
      "credentials",
      "bad-password-octets",
    ],
    ["CR LF in it", {}, { credentials: password("alice", "a\r\nb") }, "credentials", "bad-password-octets"],
    ["an unknown user", {}, { credentials: password("nobody") }, "credentials", "unknown-user"],
    [
      "an ambiguous one",
      answers({ is: "ambiguous" }),
      { credentials: password("alice") },
      "unavailable",
      "ambiguous-user",
    ],
    [
      "no answer",
      answers({ is: "unavailable", detail: "x" }),
      { credentials: password("alice") },
      "unavailable",
      "route-unavailable",
    ],
    [
      "a disabled account",
      alice({ status: "disabled" }),
      { credentials: password("alice") },
      "credentials",
      "account-disabled",
    ],
    [
      "a service that is not allowed",
      alice({ services: ["-imap:ALL"] }),
      { credentials: password("alice") },
      "credentials",
      "service-denied",
    ],
    [
      "too many multiplexors",
      alice(),
      { credentials: password("alice"), introduction: { id: new Map(), hops: 1 } },
      "unavailable",
      "proxy-loop",
    ],
    [
      "a search that nothing can match",
      { instance: { searchFormat: "(seeAlso=%D)" } },
      { credentials: password("alice") },
      "credentials",
      "unknown-user",
    ],
    [
      "no replay name",
      { ...alice(), instance: { replayFormat: "%A[uid]" } },
      { credentials: password("alice") },
      "unavailable",
      "no-replay-name",
    ],
    [
      "no store",
      { ...alice(), stores: {} },
      { credentials: password("alice") },
      "unavailable",
      "no-store-entry",
    ],
    [
      "the directory says no",
      { ...alice(), ...checker({ is: "wrong" }) },
      { credentials: password("alice") },
      "credentials",
      "pre-auth-refused",
    ],
    [
      "it says nothing",
      { ...alice(), ...checker({ is: "unavailable", detail: "x" }) },
      { credentials: password("alice") },
      "unavailable",
      "pre-auth-unavailable",
    ],
    [
      "there is no password to ask about",
      { ...alice(), ...checker({ is: "right" }) },
      { credentials: { ...scram("alice"), mechanism: "XOAUTH2" } },
      "credentials",
      "pre-auth-needs-password",
    ],
    [
      "a store for administrators, and an unproved password",
      { ...alice(), stores: { "*": { imap: { port: 1, tls: "none" }, replay: "admin" } } },
      { credentials: password("alice") },
      "unavailable",
      "not-pre-authenticated",
    ],
    ["EXTERNAL without a certificate", {}, { credentials: external() }, "credentials", "no-certificate"],
    [
      "with an untrusted one",
      {},
      { credentials: external(), certificate: { der: PILAR, fault: "untrusted" } },
      "credentials",
      "certificate-untrusted",
    ],
    [
      "with one and no map",
      {},
      { credentials: external(), certificate: { der: PILAR, fault: undefined } },
      "credentials",
      "certificate-unmapped",
    ],
    [
      "with one that the map leads nowhere",
      BY_MAIL,
      { credentials: external(), certificate: { der: PILAR, fault: undefined } },
      "credentials",
      "certificate-unmapped",
    ],
    [
      "with one and another's name",
      { ...BY_MAIL, searched: routeAnswer("pilar"), ...alice() },
      { credentials: external("alice"), certificate: { der: PILAR, fault: undefined } },
      "credentials",
      "certificate-other-user",
    ],
    [
      "with one and no administrator",
      { ...BY_MAIL, instance: { tls: BY_MAIL.instance.tls }, searched: routeAnswer("pilar") },
      { credentials: external(), certificate: { der: PILAR, fault: undefined } },
      "unavailable",
      "no-store-admin",
    ],
  ];

  test.each(rows)("%s", (_name, options, request, failure, code) => {
    const { heard, record, passes, transport } = logIn(options, request);
    expect(heard).toEqual([]);
    if (failure === "credentials") {
      passes(FAILED_LOGIN_SECONDS - 0.5);
      expect(heard).toEqual([]);
    }
    passes(0.5);
    expect(heard).toEqual([failure]);
    expect(record.failures?.map((each) => each.code)).toEqual([code]);
    expect(transport.connections).toEqual([]);
  });
});

describe("what goes to the store", () => {
  const certificate = { der: PILAR, fault: undefined };
  const shared = { ...alice({ account: "alice@store", attributes: { uid: ["a1"] } }) };
  const adminStores = { "*": { imap: { port: 1, tls: "none" }, replay: "admin" } };

  test.each<[string, RigOptions, Parameters<typeof logIn>[1], sent: string]>([
    [
      "the account and the password",
      shared,
      { credentials: password("alice") },
      saslPlain("", "alice@store", "secret"),
    ],
    [
      "the name that ReplayFormat makes",
      { ...shared, instance: { replayFormat: "%A[uid]" } },
      { credentials: password("alice") },
      saslPlain("", "a1", "secret"),
    ],
    [
      "the name of the entry's own",
      alice({ override: { user: "own" } }),
      { credentials: password("alice") },
      saslPlain("", "own", "secret"),
    ],
    [
      "the administrator's password for a certificate",
      {
        ...BY_MAIL,
        files: { ...BY_MAIL.files, "admin-password": "admin's\n" },
        searched: routeAnswer("pilar"),
      },
      { credentials: external(), certificate },
      saslPlain("pilar", "admin", "admin's"),
    ],
    [
      "the same where the client names its own account",
      {
        ...BY_MAIL,
        files: { ...BY_MAIL.files, "admin-password": "admin's\n" },
        searched: routeAnswer("pilar"),
      },
      { credentials: external("pilar"), certificate },
      saslPlain("pilar", "admin", "admin's"),
    ],
    [
      "the same for a password that the directory has accepted",
      {
        ...shared,
        ...checker({ is: "right" }),
        stores: adminStores,
        instance: { storeAdmin: { user: "admin", passwordFile: "p" } },
        files: { p: "admin's" },
      },
      { credentials: password("alice") },
      saslPlain("alice@store", "admin", "admin's"),
    ],
  ])("%s", (_name, options, request, sent) => {
    const { transport, heard } = logIn(options, request);
    expect(greets(transport.last)).toBe(sent);
    transport.last.says("M OK in\r\n");
    expect(heard).toEqual(["in: in"]);
  });

  test("a login that the directory has let in is noted by the name with its domain", () => {
    const { preAuth, noted } = checker({ is: "right" });
    const routes = { "alice@example.com": routeAnswer("a1") };
    logIn(
      { preAuth, routes, instance: { defaultDomain: "example.com" } },
      { credentials: password("Alice") },
    );
    expect(noted).toEqual(["Alice@example.com"]);
  });
});

describe("a login that may have been judged before any store", () => {
  test.each([
    ["an empty password", password("alice", ""), "credentials", "empty-password"],
    [
      "the will to act for another",
      { ...password("alice"), authorizationId: "bob" },
      "not-authorized",
      "foreign-authorization-id",
    ],
    [
      "the same by SCRAM",
      { ...scram("alice"), authorizationId: "bob" },
      "not-authorized",
      "foreign-authorization-id",
    ],
  ] as [string, Credentials, string, string][])("%s reaches none", (_name, credentials, failure, code) => {
    const { heard, passes, transport, record } = logIn(alice(), { credentials });
    passes(FAILED_LOGIN_SECONDS + 0.5);
    expect(heard).toEqual([failure]);
    expect(record.failures?.map((each) => each.code)).toEqual([code]);
    expect(transport.connections).toEqual([]);
  });
});

describe("a store that says that the user has moved", () => {
  const MOVED = "M NO [REFERRAL IMAP://alice@two/] Try there\r\n";
  const at = (mailHost: string) => ({ alice: routeAnswer("alice", { mailHost: [mailHost] }) });
  const start = (routesAnew: RigOptions["routes"]) =>
    logIn({ routes: at("one"), ...(routesAnew && { routesAnew }) }, { credentials: password("alice") });

  test("is believed: the route is asked for anew, and the user logged in where it leads", () => {
    const { transport, heard, asked, record } = start(at("two"));
    transport.last.accepts().says(GREETING, MOVED);
    expect(transport.connections.map(({ options }) => options.host)).toEqual(["one", "two"]);
    expect(transport.last.heard()).toBe("");
    transport.last.accepts().says(GREETING, "M OK in\r\n");
    expect(heard).toEqual(["in: in"]);
    expect(asked).toEqual(["alice", "alice"]);
    expect(record.failures?.map(({ code, store }) => `${code} ${store}`)).toEqual(["store-moved one"]);
  });

  test("is believed once: the next that says so ends the login, for now", () => {
    const { transport, heard, passes } = start(at("two"));
    transport.last.accepts().says(GREETING, MOVED);
    transport.last.accepts().says(GREETING, MOVED);
    passes(1);
    expect(heard).toEqual(["unavailable"]);
    expect(transport.connections).toHaveLength(2);
  });

  test("is not asked again where the route has not changed", () => {
    const { transport, heard, passes, record } = start(undefined);
    transport.last.accepts().says(GREETING, MOVED);
    passes(1);
    expect(heard).toEqual(["unavailable"]);
    expect(transport.connections).toHaveLength(1);
    expect(record.failures?.map(({ code }) => code)).toEqual(["store-moved", "store-moved"]);
  });
});

test("a store that hangs up on CAPA is logged in at without asking, once", () => {
  const { transport, heard, passes, record } = logIn(
    { ...alice(), protocol: "pop3" },
    { credentials: password("alice") },
  );
  const first = transport.last.accepts();
  first.says("+OK\r\n", "-ERR closing\r\n");
  first.receiver.ended();
  expect(transport.connections).toHaveLength(2);
  const store = transport.last.accepts();
  store.says("+OK\r\n", "+OK\r\n");
  expect(store.heard()).toBe("USER alice\r\nPASS secret\r\n");
  store.receiver.ended();
  passes(1);
  expect(heard).toEqual(["store-down"]);
  expect(record.failures?.map(({ code }) => code)).toEqual(["store-no-capa", "store-closed"]);
});

test.each([
  ["wrong credentials", "M NO [AUTHENTICATIONFAILED] no\r\n", "credentials", true],
  ["a limit", "M NO [LIMIT] no\r\n", "limit", false],
  ["no permission", "M NO [NOPERM] no\r\n", "not-permitted", false],
])("%s are answered after their time", (_name, answer, failure, waits) => {
  const { transport, heard, passes } = logIn(alice(), { credentials: password("alice") });
  transport.last.accepts().says(GREETING, answer);
  passes(FAILED_LOGIN_SECONDS - 1);
  expect(heard).toEqual(waits ? [] : [failure]);
  passes(2);
  expect(heard).toEqual([failure]);
});

test("an exchange that the client cancels has failed: it takes as long", () => {
  const { transport, heard, passes, login } = logIn(alice(), { credentials: scram("alice") });
  transport.last.accepts().says(GREETING, "+ c2VydmVy\r\n");
  login.respond(undefined);
  transport.last.says("M BAD aborted\r\n");
  passes(FAILED_LOGIN_SECONDS - 1);
  expect(heard).toEqual(["challenge c2VydmVy"]);
  passes(2);
  expect(heard).toEqual(["challenge c2VydmVy", "cancelled"]);
});

describe("the hosts of a route", () => {
  const stores = {
    one: { address: ["10.0.0.1", "10.0.0.2"], imap: { port: 1, tls: "none" } },
    two: { address: "10.0.0.3", imap: { port: 1, tls: "none" } },
  };
  const start = () =>
    logIn({ ...alice({ mailHost: ["one", "gone", "two"] }), stores }, { credentials: password("alice") });

  test("are tried in order, each at all of its addresses", () => {
    const { transport, heard, record } = start();
    transport.last.breaks("connect");
    transport.last.accepts().receiver.ended();
    transport.last.accepts().says(GREETING, "M OK in\r\n");
    expect(transport.connections.map(({ options }) => options.host)).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      "10.0.0.3",
    ]);
    expect(heard).toEqual(["in: in"]);
    expect(record.store).toBe("two");
    expect(record.failures?.map(({ code, store }) => `${code} ${store}`)).toEqual([
      "store-connect one",
      "store-closed one",
      "no-store-entry gone",
    ]);
  });

  test("are not asked again for what one of them has judged", () => {
    const { transport, heard, passes, record } = start();
    transport.last.accepts().says(GREETING, "M NO [AUTHENTICATIONFAILED] wrong\r\n");
    passes(FAILED_LOGIN_SECONDS);
    expect(heard).toEqual(["credentials"]);
    expect(transport.connections).toHaveLength(1);
    expect(record.failures).toMatchObject([{ code: "store-refused", progress: "auth", login: "alice" }]);
  });

  test("the last one's failure is the client's", () => {
    const { transport, heard, passes } = start();
    for (let left = 3; left > 0; left--) transport.last.breaks("connect");
    passes(0);
    expect(heard).toEqual(["store-down"]);
  });
});

describe("an exchange", () => {
  test("is carried between client and store", () => {
    const { transport, heard, login } = logIn(alice(), { credentials: scram("alice") });
    expect(greets(transport.last)).toBe(
      `M AUTHENTICATE SCRAM-SHA-1 ${octetsBase64("n,,n=alice,r=nonce")}\r\n`,
    );
    transport.last.says("+ Y2hhbGxlbmdl\r\n");
    login.respond(new SecretOctets("cmVzcG9uc2U="));
    expect(transport.last.heard()).toBe("cmVzcG9uc2U=\r\n");
    transport.last.says("M OK in\r\n");
    expect(heard).toEqual(["challenge Y2hhbGxlbmdl", "in: in"]);
  });

  test("once begun is not carried on with another host", () => {
    const { transport, heard, passes } = logIn(alice({ mailHost: ["one", "two"] }), {
      credentials: scram("alice"),
    });
    greets(transport.last);
    transport.last.says("+ Y2hhbGxlbmdl\r\n");
    transport.last.receiver.ended();
    passes(0);
    expect(heard).toEqual(["challenge Y2hhbGxlbmdl", "store-down"]);
    expect(transport.connections).toHaveLength(1);
  });
});

describe("a client that has left hears no more", () => {
  test("of its route", () => {
    const waiting: ((answer: RouteAnswer) => void)[] = [];
    const rig = makeRig();
    const heard: string[] = [];
    const owner = {
      challenge() {},
      delayed() {},
      loginFailed: (failure: string) => void heard.push(failure),
      loggedIn: () => void heard.push("in"),
    };
    const services = {
      ...rig.services,
      resolver: {
        resolve: (_login: string, waiter: { resolved(answer: RouteAnswer): void }) =>
          void waiting.push((answer) => waiter.resolved(answer)),
        search() {},
        cached: () => undefined,
        claims() {},
        anew: rig.services.resolver.anew,
      },
    };
    const record = newRecord("main", "imap", ADDRESSES);
    const login = new Login(services, owner, record, {
      credentials: password("alice"),
      introduction: undefined,
      certificate: undefined,
    });
    login.start();
    login.cancel();
    waiting[0]?.({ is: "route", route: aRoute("alice") });
    rig.passes(10);
    expect(heard).toEqual([]);
    expect(rig.transport.connections).toEqual([]);
  });

  test("of a failure that is still to be told", () => {
    const { login, heard, passes } = logIn({}, { credentials: password("nobody") });
    login.cancel();
    passes(10);
    expect(heard).toEqual([]);
  });

  test("of its store", () => {
    const { login, heard, transport, passes } = logIn(alice(), { credentials: password("alice") });
    const store = transport.last.accepts();
    login.cancel();
    expect(store.calls).toEqual(["destroy"]);
    store.says(GREETING, "M OK in\r\n");
    passes(60);
    expect(heard).toEqual([]);
  });
});

describe("on a user's behalf, a name that is not the user's own goes to no store", () => {
  const certificate = { der: PILAR, fault: undefined };
  const ADMIN = { storeAdmin: { user: "admin", passwordFile: "p" } };
  const byCertificate: RigOptions = { ...BY_MAIL, searched: routeAnswer("pilar") };
  const byDirectory: RigOptions = {
    ...alice(),
    ...checker({ is: "right" }),
    stores: { "*": { imap: { port: 1, tls: "none" }, replay: "admin" } },
    instance: ADMIN,
    files: { p: "admin's" },
  };
  const claim = (account: string, claims = true) => ({
    uuid: `uuid of ${account}`,
    dn: `cn=${account}`,
    account,
    claims,
  });

  test.each<[string, RigOptions, Parameters<typeof logIn>[1], RouteAnswer | ClaimsAnswer, string]>([
    [
      "a certificate, and another entry has the account too",
      byCertificate,
      { credentials: external(), certificate },
      { is: "claims", entries: [claim("pilar"), { ...claim("pilar"), uuid: "other", dn: "cn=other" }] },
      "store-name-not-own",
    ],
    [
      "a certificate and the account's own name",
      byCertificate,
      { credentials: external("pilar"), certificate },
      { is: "claims", entries: [{ ...claim("pilar"), uuid: "other" }] },
      "store-name-not-own",
    ],
    [
      "a password that the directory has accepted",
      byDirectory,
      { credentials: password("alice") },
      { is: "claims", entries: [claim("alice"), { ...claim("alice"), uuid: "other", dn: "cn=other" }] },
      "store-name-not-own",
    ],
    [
      "an account that is no longer there",
      byDirectory,
      { credentials: password("alice") },
      { is: "claims", entries: [] },
      "store-name-not-own",
    ],
    [
      "too many entries",
      byDirectory,
      { credentials: password("alice") },
      { is: "too-many" },
      "store-name-not-own",
    ],
    [
      "no answer",
      byDirectory,
      { credentials: password("alice") },
      { is: "unavailable", detail: "x" },
      "route-unavailable",
    ],
  ])("%s", (_name, options, request, claims, code) => {
    const { heard, record, passes, transport } = logIn(
      { ...options, claims: claims as ClaimsAnswer },
      request,
    );
    passes(0);
    expect(heard).toEqual(["unavailable"]);
    expect(record.failures?.map((each) => each.code)).toEqual([code]);
    expect(transport.connections).toEqual([]);
  });

  test("both entries are named for support", () => {
    const entries = [claim("alice"), { ...claim("alice"), uuid: "other", dn: "cn=other" }];
    const { record } = logIn(
      { ...byDirectory, claims: { is: "claims", entries } },
      { credentials: password("alice") },
    );
    expect(record.failures?.[0]?.detail).toBe('"alice" is claimed by cn=alice; cn=other');
  });

  test("a store that judges the user's own password is asked without that", () => {
    const { asked, transport } = logIn(alice(), { credentials: password("alice") });
    expect(asked).toEqual(["alice"]);
    expect(transport.connections).toHaveLength(1);
  });
});

describe("an exchange names whom it names", () => {
  const IN_DOMAIN: RigOptions = {
    instance: { defaultDomain: "a.example", domainDelimiters: "@+" },
    routes: {
      "bob@a.example": routeAnswer("b17@a.example"),
      "bob@b.example": routeAnswer("bob@b.example"),
    },
  };

  test.each([
    ["bob@a.example", true],
    ["Bob@A.Example", true],
    ["bob@b.example", true],
    ["bob", false],
    ["bob+a.example", false],
  ])("SCRAM for %s reaches the store: %s", (user, reaches) => {
    const { transport, heard, record, passes, login } = logIn(IN_DOMAIN, { credentials: scram(user) });
    passes(0);
    expect(transport.connections).toHaveLength(reaches ? 1 : 0);
    if (reaches) return;
    // As of somebody whom there is not.
    expect(heard).toEqual([expect.stringMatching(/^challenge /)]);
    login.respond(new SecretOctets("cHJvb2Y="));
    passes(FAILED_LOGIN_SECONDS);
    expect(heard.slice(1)).toEqual(["credentials"]);
    expect(record.failures).toMatchObject([{ code: "exchange-other-name", login: "bob@a.example" }]);
  });

  test("SCRAM for the account itself reaches the store", () => {
    const routes = { alias: routeAnswer("b17@a.example"), "b17@a.example": routeAnswer("b17@a.example") };
    expect(logIn({ routes }, { credentials: scram("b17@a.example") }).transport.connections).toHaveLength(1);
    expect(logIn({ routes }, { credentials: scram("alias") }).transport.connections).toHaveLength(1);
  });

  const token = (mechanism: string, user: string, message: string): Credentials => ({
    kind: "exchange",
    mechanism,
    user,
    initial: new SecretOctets(octetsBase64(message)),
  });

  test.each<[string, string, string, Partial<Parameters<typeof routeAnswer>[1]>, string]>([
    [
      "XOAUTH2",
      "bob",
      "user=bob\x01auth=Bearer t0ken\x01\x01",
      {},
      "user=b17@a.example\x01auth=Bearer t0ken\x01\x01",
    ],
    [
      "XOAUTH2",
      "bob+a.example",
      "USER=bob+a.example\x01auth=Bearer t\x01\x01",
      {},
      "user=b17@a.example\x01auth=Bearer t\x01\x01",
    ],
    [
      "XOAUTH2",
      "bob",
      "user=bob\x01auth=Bearer t\x01\x01",
      { override: { user: "$&=" } },
      "user=$&=\x01auth=Bearer t\x01\x01",
    ],
    [
      "OAUTHBEARER",
      "bob",
      "n,a=bob,\x01port=143\x01auth=Bearer t\x01\x01",
      {},
      "n,a=b17@a.example,\x01port=143\x01auth=Bearer t\x01\x01",
    ],
    [
      "OAUTHBEARER",
      "bob",
      "y,a=bob,\x01auth=Bearer t\x01\x01",
      { override: { user: "a=,b" } },
      "y,a=a=3D=2Cb,\x01auth=Bearer t\x01\x01",
    ],
  ])("%s for %s is rewritten to the name at the store", (mechanism, user, message, more, sent) => {
    const routes = { "bob@a.example": routeAnswer("b17@a.example", more) };
    const { transport } = logIn({ ...IN_DOMAIN, routes }, { credentials: token(mechanism, user, message) });
    const store = transport.last.accepts();
    store.says(`* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=${mechanism}] ready\r\n`);
    expect(store.heard()).toBe(`M AUTHENTICATE ${mechanism} ${octetsBase64(sent)}\r\n`);
  });
});

describe("a kick while the store is asked", () => {
  const kicked = (mark: "account" | "store", name: string) => {
    const rig = logIn(alice(), { credentials: password("alice") });
    greets(rig.transport.last);
    rig.kicks.mark(mark, name);
    rig.transport.last.says("M OK in\r\n");
    rig.passes(1);
    return rig;
  };

  test.each([
    ["account", "alice"],
    ["store", "store1"],
  ] as const)("of the %s ends the login", (mark, name) => {
    const { heard, record, transport } = kicked(mark, name);
    expect(heard).toEqual(["unavailable"]);
    expect(record.failures).toEqual([{ code: "kicked", login: "alice" }]);
    expect(transport.last.calls).toContain("destroy");
  });

  test("of another account does not", () => {
    expect(kicked("account", "bob").heard).toEqual(["in: in"]);
  });
});
