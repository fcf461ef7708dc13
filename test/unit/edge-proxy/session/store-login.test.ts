import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createImapBack } from "../../../../edge-proxy/protocol/imap/back.ts";
import { SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { type StoreFault, StoreLogin } from "../../../../edge-proxy/session/store-login.ts";
import type { StoreTarget } from "../../../../edge-proxy/session/store-targets.ts";
import { TimerWheel } from "../../../../edge-proxy/timer-wheel.ts";
import { FakeTransport, type OutgoingWire } from "../transport/fake-transport.ts";

const LIMITS = { connectSeconds: 5, bannerSeconds: 10, storeLoginSeconds: 30 };
const GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN STARTTLS] ready\r\n";
const CAPABILITIES = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nC OK done\r\n";

type Tls = "none" | "starttls" | "implicit";

interface Attempt {
  login: StoreLogin;
  store: OutgoingWire;
  heard: (string | StoreFault)[];
  passes(seconds: number): void;
}

function attempt(tls: Tls, target: Partial<StoreTarget> = {}, entrance = { localAddress: "", localPort: 0 }) {
  vi.useFakeTimers();
  const wheel = new TimerWheel();
  onTestFinished(() => {
    wheel.stop();
    vi.useRealTimers();
  });
  const transport = new FakeTransport();
  const heard: (string | StoreFault)[] = [];
  const startTls = tls === "starttls";
  const login = new StoreLogin(
    {
      transport,
      wheel,
      limits: LIMITS,
      target: {
        name: "store1",
        host: "10.0.0.9",
        port: 143,
        startTls,
        implicitTls: tls === "implicit",
        proxyHeader: false,
        replay: "auto",
        forwardClient: false,
        admin: undefined,
        next: undefined,
        ...target,
      },
      entrance,
      preface: undefined,
    },
    createImapBack({
      credentials: { kind: "password", user: "alice", password: new SecretOctets("secret") },
      startTls,
      replay: "auto",
      client: undefined,
      clientId: new Map(),
      asksCapabilities: true,
    }),
    {
      challenge: (message) => heard.push(`challenge ${message}`),
      loggedIn: ({ text }) => heard.push(`in: ${text}`),
      failed: (fault) => heard.push(fault),
    },
  );
  const passes = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000);
  return { login, store: transport.last, heard, passes };
}

/** Ways to each point of an attempt. */
function connecting(): Attempt {
  return attempt("none");
}
function handshake(): Attempt {
  const made = attempt("implicit");
  made.store.accepts();
  return made;
}
function banner(): Attempt {
  const made = attempt("none");
  made.store.accepts();
  return made;
}
function upgrade(): Attempt {
  const made = attempt("starttls");
  made.store.accepts().says(GREETING, "S OK begin\r\n");
  return made;
}
function upgraded(): Attempt {
  const made = upgrade();
  made.store.receiver.secured();
  return made;
}
function asked(): Attempt {
  const made = banner();
  made.store.says(GREETING);
  return made;
}
const POINTS = { connecting, handshake, banner, upgrade, upgraded, asked };

const EVENTS = {
  "is refused": ({ store }: Attempt) => store.breaks("connect", "refused"),
  breaks: ({ store }: Attempt) => store.breaks("reset", "reset by peer"),
  "fails at TLS": ({ store }: Attempt) => store.breaks("tls", "bad certificate"),
  ends: ({ store }: Attempt) => store.receiver.ended(),
};

describe("a failed attempt says how far it got", () => {
  test.each<[keyof typeof POINTS, keyof typeof EVENTS, code: string, progress: string]>([
    ["connecting", "is refused", "store-connect", "connect"],
    ["connecting", "fails at TLS", "store-tls", "connect"],
    ["handshake", "fails at TLS", "store-tls", "tls"],
    ["handshake", "breaks", "store-closed", "tls"],
    ["banner", "breaks", "store-closed", "connect"],
    ["banner", "ends", "store-closed", "connect"],
    ["upgrade", "fails at TLS", "store-tls", "tls"],
    ["upgrade", "breaks", "store-closed", "tls"],
    ["upgraded", "ends", "store-closed", "capability"],
    ["asked", "breaks", "store-closed", "auth"],
  ])("%s, and the connection %s: %s at %s", (point, event, code, progress) => {
    const made = POINTS[point]();
    EVENTS[event](made);
    expect(made.heard).toMatchObject([{ failure: "store-down", code, progress }]);
  });

  test.each<[keyof typeof POINTS, seconds: number, progress: string, detail: string]>([
    ["connecting", LIMITS.connectSeconds, "connect", "no connection in 5 s"],
    ["handshake", LIMITS.connectSeconds, "tls", "connected, no TLS in 5 s"],
    ["banner", LIMITS.bannerSeconds, "connect", "connected, no greeting in 10 s"],
    ["upgrade", LIMITS.connectSeconds, "tls", "connected, no TLS in 5 s"],
    ["upgraded", LIMITS.storeLoginSeconds, "capability", "the store did not answer in 30 s"],
    ["asked", LIMITS.storeLoginSeconds, "auth", "the store did not answer in 30 s"],
  ])("%s: silence for %i s is too long", (point, seconds, progress, detail) => {
    const made = POINTS[point]();
    made.passes(seconds - 0.2);
    expect(made.heard).toEqual([]);
    made.passes(0.4);
    expect(made.heard).toMatchObject([{ code: "store-timeout", progress, detail }]);
    expect(made.store.calls).toContain("destroy");
  });
});

test.each([
  [
    "Bun",
    "error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
    /^the store answered without TLS/,
  ],
  [
    "Node",
    "C01:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:",
    /^the store answered without TLS/,
  ],
  [
    "Deno",
    "received corrupt message of type InvalidContentType (SSL routines:ssl3_get_record:wrong version number)",
    /^the store answered without TLS/,
  ],
  ["any", "unable to verify the first certificate", /^unable to verify the first certificate$/],
])(
  "a store without TLS at a port of implicit TLS is called that, by what %s says: %s",
  (_runtime, said, detail) => {
    const made = handshake();
    made.store.breaks("tls", said);
    expect(made.heard).toMatchObject([{ code: "store-tls", detail: expect.stringMatching(detail) }]);
  },
);

test.each<[Tls, (store: OutgoingWire) => void]>([
  ["none", (store) => store.accepts().says(GREETING)],
  [
    "implicit",
    (store) => {
      store.accepts().receiver.secured();
      store.says(GREETING);
    },
  ],
  [
    "starttls",
    (store) => {
      store.accepts().says(GREETING, "S OK begin\r\n");
      store.receiver.secured();
      store.says(CAPABILITIES);
    },
  ],
])("with TLS %s the user is logged in, and nothing that follows is told", (tls, play) => {
  const { store, heard, login, passes } = attempt(tls);
  play(store);
  store.says("M OK [CAPABILITY IMAP4rev1] in\r\n* 1 EXISTS\r\n");
  expect(heard).toEqual(["in: [CAPABILITY IMAP4rev1] in"]);
  expect(Buffer.from(login.rest()).toString()).toBe("* 1 EXISTS\r\n");
  store.breaks();
  login.cancel();
  passes(60);
  expect(heard).toHaveLength(1);
});

test("TLS that comes up unasked changes nothing", () => {
  const { store, heard } = banner();
  store.receiver.secured();
  store.says(GREETING, "M OK in\r\n");
  expect(heard).toEqual(["in: in"]);
});

test("a store that dribbles gets no more time for it", () => {
  const { store, heard, passes } = asked();
  for (let second = 0; second < 31; second += 1) {
    passes(1);
    store.says("* OK still here\r\n");
  }
  expect(heard).toMatchObject([{ code: "store-timeout", progress: "auth" }]);
});

test("a cancelled attempt closes its connection and is told of no more", () => {
  const { login, store, heard, passes } = asked();
  login.cancel();
  expect(store.calls).toEqual(["destroy"]);
  store.says("M OK in\r\n");
  passes(60);
  expect(heard).toEqual([]);
});

test.each([
  ["10.0.0.9", 143, [{ code: "proxy-loop", failure: "unavailable" }]],
  ["10.0.0.9", 144, []],
  ["10.0.0.8", 143, []],
])("a store at 10.0.0.9:143 for a client that came to %s:%i", (localAddress, localPort, expected) => {
  const { store, heard } = attempt("none", {}, { localAddress, localPort });
  store.accepts();
  expect(heard).toMatchObject(expected);
});
