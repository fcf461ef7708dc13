import { describe, expect, test } from "vitest";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { PreAuthCache } from "../../../../edge-proxy/pre-auth/cache.ts";
import { PasswordChecker } from "../../../../edge-proxy/pre-auth/checker.ts";
import { octetsBase64, SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { Login } from "../../../../edge-proxy/session/login.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { makeRig } from "./session-rig.ts";

const ADDRESSES = { remoteAddress: "192.0.2.7", remotePort: 1, localAddress: "10.0.0.1", localPort: 143 };
const PROBE = { user: "tester", passwordFile: "probe" };
const FILES = { admin: "admin's", probe: "tester's" };

const checker = (): PasswordChecker =>
  new PasswordChecker({
    client: { preAuthenticate: (request) => request.answered({ is: "right" }) },
    cache: new PreAuthCache(0, 0, { nowMs: 0 }),
    timers: { nowMs: 0 },
    seconds: 1,
    passwordMax: 100,
    log: { write() {}, flush() {} },
  });

interface Setting {
  protocol?: "imap" | "pop3";
  /** There is an account to try stores with. */
  probe?: boolean;
  mailHost?: string[];
}

/** Alice, whose password the directory accepts, at a store that the administrator logs in at. */
function start({ protocol = "imap", probe = true, mailHost = ["one"] }: Setting) {
  const rig = makeRig({
    protocol,
    triesStores: true,
    preAuth: checker(),
    routes: { alice: routeAnswer("alice", { mailHost }) },
    stores: { "*": { [protocol]: { port: 1143, tls: "none" }, replay: "admin" } },
    instance: { storeAdmin: { user: "admin", passwordFile: "admin", ...(probe ? { probe: PROBE } : {}) } },
    files: FILES,
  });
  const heard: string[] = [];
  const record = newRecord("main", protocol, ADDRESSES);
  const owner = {
    challenge() {},
    delayed() {},
    loginFailed: (failure: string) => void heard.push(failure),
    loggedIn: ({ text }: { text: string }) => void heard.push(`in: ${text}`),
  };
  const logIn = (): Login => {
    const login = new Login(rig.services, owner, record, {
      credentials: {
        kind: "password",
        mechanism: "PLAIN",
        user: "alice",
        password: new SecretOctets("alice's"),
      },
      introduction: undefined,
      certificate: undefined,
    });
    login.start();
    return login;
  };
  /** The latest connection greets; what the edge then wants to be, as SASL PLAIN has it. */
  const asks = (): string => {
    const { last } = rig.transport;
    last.accepts();
    if (protocol === "imap") last.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
    else last.says("+OK ready\r\n", "+OK\r\nSASL PLAIN\r\nAUTH-RESP-CODE\r\n.\r\n");
    const [, message = ""] = /PLAIN (\S+)\r\n$/.exec(last.heard()) ?? [];
    return Buffer.from(message, "base64").toString().replaceAll("\0", " ");
  };
  const answers = (yes: boolean): void => {
    const words = { imap: ["M NO [AUTHENTICATIONFAILED] no", "M OK in"], pop3: ["-ERR [AUTH] no", "+OK in"] };
    rig.transport.last.says(`${words[protocol][yes ? 1 : 0]}\r\n`);
  };
  const codes = (): string[] => (record.failures ?? []).map(({ code }) => code);
  return { ...rig, heard, record, logIn, asks, answers, codes };
}

describe.each(["imap", "pop3"] as const)("before the administrator logs in by %s", (protocol) => {
  test("a store is tried with the test account, which it must refuse under the administrator's name", () => {
    const { logIn, asks, answers, heard } = start({ protocol });
    logIn();
    expect(asks()).toBe("admin tester tester's");
    answers(false);
    expect(asks()).toBe(" tester tester's");
    answers(true);
    expect(asks()).toBe("alice admin admin's");
    answers(true);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(/^in: /);
  });

  test("without one, with the user's own password, which the directory has accepted", () => {
    const { logIn, asks, answers, heard } = start({ protocol, probe: false });
    logIn();
    expect(asks()).toBe("admin alice alice's");
    answers(false);
    expect(asks()).toBe(" alice alice's");
    answers(true);
    expect(asks()).toBe("alice admin admin's");
    answers(true);
    expect(heard).toHaveLength(1);
  });

  test.each([true, false])("a store that ignores the name is not used; with a test account: %s", (probe) => {
    const { logIn, asks, answers, heard, codes, passes, proofs, transport, services } = start({
      protocol,
      probe,
    });
    logIn();
    asks();
    answers(true);
    passes(0);
    expect(heard).toEqual(["unavailable"]);
    expect(codes()).toEqual(["store-ignores-authorization-id"]);
    expect(proofs).toEqual(["one ignores"]);
    expect(services.stores.proofs.ignoring).toEqual(["one"]);
    logIn();
    passes(0);
    expect(heard).toEqual(["unavailable", "unavailable"]);
    expect(transport.connections).toHaveLength(1);
    expect(transport.last.calls).toContain("destroy");
  });
});

test("what was seen holds for the next login, and for a day", () => {
  const { logIn, asks, answers, passes } = start({});
  logIn();
  for (const yes of [false, true, true]) {
    asks();
    answers(yes);
  }
  logIn();
  expect(asks()).toBe("alice admin admin's");
  passes(86_400);
  logIn();
  expect(asks()).toBe("admin tester tester's");
});

test("logins that come meanwhile wait for the same trial", () => {
  const { logIn, asks, answers, transport, heard } = start({});
  logIn();
  logIn();
  for (const yes of [false, true]) {
    asks();
    answers(yes);
  }
  expect(transport.connections).toHaveLength(4);
  asks();
  answers(true);
  expect(heard).toHaveLength(1);
});

test("a client that leaves meanwhile gets no login at the store", () => {
  const { logIn, asks, answers, transport, heard } = start({});
  logIn().cancel();
  for (const yes of [false, true]) {
    asks();
    answers(yes);
  }
  expect([transport.connections.length, heard]).toEqual([2, []]);
});

test.each<[string, string, string | undefined]>([
  ["a test account that the store does not know", "M NO [AUTHENTICATIONFAILED] no\r\n", "unavailable"],
  ["a test account with too many sessions", "M NO [LIMIT] Too many sessions\r\n", "unavailable"],
])("%s proves nothing, and nobody is let in on trust", (_name, answer, failure) => {
  const { logIn, asks, answers, transport, heard, passes, codes } = start({});
  logIn();
  asks();
  answers(false);
  asks();
  transport.last.says(answer);
  passes(0);
  expect(heard).toEqual([failure]);
  expect(codes()).toEqual(["store-admin-unproved"]);
});

test("a limit in place of a refusal proves nothing either", () => {
  const { logIn, asks, transport, passes, codes } = start({});
  logIn();
  asks();
  transport.last.says("M NO [INUSE] busy\r\n");
  passes(0);
  expect(codes()).toEqual(["store-admin-unproved"]);
  expect(transport.connections).toHaveLength(1);
});

test("a user whose password the store does not know proves nothing: it is let in as before, and the log says so", () => {
  const { logIn, asks, answers, heard, proofs } = start({ probe: false });
  logIn();
  for (const yes of [false, false]) {
    asks();
    answers(yes);
  }
  expect(asks()).toBe("alice admin admin's");
  answers(true);
  expect(heard).toHaveLength(1);
  expect(proofs).toEqual(["one unknown"]);
});

test("a host that is down is no other matter: the next host is tried, in the same way", () => {
  const { logIn, asks, answers, transport, heard } = start({ mailHost: ["one", "two"] });
  logIn();
  transport.last.breaks("connect");
  expect(transport.last.options.host).toBe("two");
  for (const yes of [false, true, true]) {
    asks();
    answers(yes);
  }
  expect(heard).toHaveLength(1);
});

test("passwords that the store judges itself need no trial", () => {
  const rig = makeRig({ triesStores: true, routes: { alice: routeAnswer("alice") } });
  const login = new Login(
    rig.services,
    { challenge() {}, delayed() {}, loginFailed() {}, loggedIn() {} },
    newRecord("main", "imap", ADDRESSES),
    {
      credentials: {
        kind: "password",
        mechanism: "PLAIN",
        user: "alice",
        password: new SecretOctets("alice's"),
      },
      introduction: undefined,
      certificate: undefined,
    },
  );
  login.start();
  rig.transport.last.accepts().says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
  expect(rig.transport.last.heard()).toBe(`M AUTHENTICATE PLAIN ${octetsBase64("\0alice\0alice's")}\r\n`);
});
