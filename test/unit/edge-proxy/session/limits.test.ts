import { describe, expect, test } from "vitest";
import { NO_PLACE } from "../../../../edge-proxy/guard/tally.ts";
import { startSession } from "../../../../edge-proxy/session/session.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { type OutgoingWire, Wire } from "../transport/fake-transport.ts";
import { makeRig, type Rig, type RigOptions } from "./session-rig.ts";

const FAILED_LOGIN_SECONDS = 2.5;
const ROUTES = {
  alice: routeAnswer("alice"),
  bob: routeAnswer("bob"),
  carol: routeAnswer("carol", { mailHost: ["store2"] }),
};
const REFUSED = /^\w+ NO \[AUTHENTICATIONFAILED\]/;

function stage(options: RigOptions = {}) {
  const rig = makeRig({ routes: ROUTES, ...options });
  const connect = (remoteAddress = "192.0.2.7"): Wire => {
    const client = new Wire({ remoteAddress });
    client.receiver = startSession(rig.services, client, client, { place: NO_PLACE });
    client.heard();
    return client;
  };
  return { ...rig, connect };
}

/** The store that was asked last takes the connection; gives what it is asked behind its greeting. */
function asked({ transport }: Pick<Rig, "transport">): OutgoingWire {
  const store = transport.last.accepts();
  store.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
  return store;
}
const accepted = (rig: Pick<Rig, "transport">): OutgoingWire => {
  const store = asked(rig);
  store.says("M OK done\r\n");
  return store;
};
const refused = (rig: Pick<Rig, "transport">): void =>
  asked(rig).says("M NO [AUTHENTICATIONFAILED] wrong\r\n");

describe("penalties", () => {
  const PENALTIES = { instance: { penalties: { firstSeconds: 2, maxSeconds: 60 } } };
  const wrong = (rig: ReturnType<typeof stage>, client: Wire, login = "a LOGIN alice guess\r\n"): void => {
    client.says(login);
    refused(rig);
    rig.passes(FAILED_LOGIN_SECONDS);
    expect(client.heard()).toMatch(REFUSED);
  };

  test("after a wrong password the next login waits before anybody is asked", () => {
    const rig = stage(PENALTIES);
    const client = rig.connect();
    wrong(rig, client);
    client.says("b LOGIN alice right\r\n");
    rig.passes(1.5);
    expect(rig.transport.connections).toHaveLength(1);
    expect(rig.asked).toHaveLength(1);
    rig.passes(0.5);
    accepted(rig);
    expect(client.heard()).toMatch(/^b OK done\r\n/m);
    client.receiver.closed();
    expect(rig.services.guard.counters).toMatchObject({ delayedLogins: 1, countedFailures: 1 });
  });

  test("the delay is in the session's record, and is not taken from the time for a login", () => {
    const rig = stage({
      instance: { penalties: { firstSeconds: 60 }, limits: { loginSeconds: 20 } },
    });
    wrong(rig, rig.connect());
    const client = rig.connect();
    client.says("b LOGIN alice right\r\n");
    rig.passes(60);
    const store = accepted(rig);
    expect(client.heard()).toMatch(/^b OK done\r\n/m);
    client.receiver.closed();
    store.receiver.closed();
    const delayedMs = rig.ended.at(-1)?.record.delayedMs ?? 0;
    expect(delayedMs).toBeGreaterThanOrEqual(60_000);
    expect(delayedMs).toBeLessThan(60_300);
  });

  test("who has not failed logs in at once, whatever was tried elsewhere for the same user", () => {
    const rig = stage(PENALTIES);
    for (const attempt of [1, 2, 3])
      wrong(rig, rig.connect(`203.0.113.${attempt}`), `a LOGIN alice ${attempt}\r\n`);
    const owner = rig.connect("198.51.100.1");
    owner.says("a LOGIN alice right\r\n");
    accepted(rig);
    expect(owner.heard()).toMatch(/^a OK done\r\n/m);
  });

  test("guesses that begin together all pay for what the others get wrong", () => {
    const rig = stage({ instance: { penalties: { firstSeconds: 4 } } });
    wrong(rig, rig.connect());
    const [first, second] = [rig.connect(), rig.connect()];
    first.says("a LOGIN bob 1\r\n");
    rig.passes(2);
    second.says("a LOGIN bob 2\r\n");
    rig.passes(2);
    expect(rig.transport.connections).toHaveLength(2);
    refused(rig);
    // The second one has waited for 2 s of now 8.
    rig.passes(5);
    expect(rig.transport.connections).toHaveLength(2);
    rig.passes(1);
    expect(rig.transport.connections).toHaveLength(3);
  });

  test("a client that leaves while it waits costs nobody anything", () => {
    const rig = stage(PENALTIES);
    wrong(rig, rig.connect());
    const client = rig.connect();
    client.says("b LOGIN alice right\r\n");
    client.receiver.closed();
    rig.passes(10);
    expect(rig.transport.connections).toHaveLength(1);
  });

  test("an unknown user and a wrong password are answered after the same time, delays included", () => {
    const times = ["alice", "nobody"].map((user) => {
      const rig = stage(PENALTIES);
      wrong(rig, rig.connect());
      const client = rig.connect();
      client.says(`b LOGIN ${user} other\r\n`);
      rig.passes(2);
      if (user === "alice") refused(rig);
      let steps = 0;
      while (client.sent === "" && steps < 100) {
        rig.passes(-0.1);
        steps++;
      }
      expect(client.heard()).toMatch(REFUSED);
      return steps;
    });
    expect(times[0]).toBe(times[1]);
  });

  test("without penalties nothing waits", () => {
    const rig = stage();
    const client = rig.connect();
    wrong(rig, client);
    client.says("b LOGIN alice right\r\n");
    accepted(rig);
    expect(client.heard()).toMatch(/^b OK done\r\n/m);
  });
});

test.each([
  ["imap", "a LOGIN alice x\r\n", "a NO [LIMIT] Too many logins, please try again later\r\n"],
  ["pop3", "USER alice\r\nPASS x\r\n", "-ERR [SYS/TEMP] Too many logins, please try again later\r\n"],
] as const)(
  "%s: a client that logs in too often is told so, and nobody is asked",
  (protocol, login, told) => {
    const rig = stage({
      protocol,
      instance: { limits: { loginsPerSecondPerClient: 0.1, loginBurstSeconds: 10 } },
    });
    rig.connect().says(login);
    const client = rig.connect();
    client.says(login);
    rig.passes(0);
    expect(client.heard()).toContain(told);
    expect(rig.transport.connections).toHaveLength(1);
    client.receiver.closed();
    expect(rig.ended.at(-1)?.record.failures).toMatchObject([{ code: "login-rate", login: "alice" }]);
    const other = rig.connect("192.0.2.8");
    other.says(login);
    expect(rig.transport.connections).toHaveLength(2);
  },
);

test.each([
  ["imap", "a LOGIN alice x\r\n", "a NO [LIMIT] Too many sessions of this user\r\n"],
  ["pop3", "USER alice\r\nPASS x\r\n", "-ERR [IN-USE] Too many sessions of this user\r\n"],
] as const)(
  "%s: a user with as many sessions as allowed is told so, once the password was right",
  (protocol, login, told) => {
    const rig = stage({ protocol, instance: { limits: { connectionsPerUser: 1 } } });
    const logsIn = (): { client: Wire; store: OutgoingWire } => {
      const client = rig.connect();
      client.says(login);
      const store = rig.transport.last.accepts();
      if (protocol === "imap")
        store.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n", "M OK done\r\n");
      else store.says("+OK ready\r\n", "+OK\r\nSASL PLAIN\r\n.\r\n", "+OK done\r\n");
      rig.passes(0);
      return { client, store };
    };
    const first = logsIn();
    expect(first.client.heard()).toMatch(/OK done\r\n$/);
    const second = logsIn();
    expect(second.client.heard()).toContain(told);
    expect(second.store.calls).toContain("destroy");
    second.client.receiver.closed();
    expect(rig.ended.at(-1)?.record.failures).toMatchObject([{ code: "user-limit" }]);
    first.client.receiver.closed();
    first.store.receiver.closed();
    expect(logsIn().client.heard()).toMatch(/OK done\r\n$/);
  },
);

describe("a store", () => {
  const STORE = { imap: { port: 143, tls: "none" } };

  test("with as many logins in progress as allowed has others wait, and then fail for now; other stores go on", () => {
    const rig = stage({
      stores: { "*": { ...STORE, attempts: 1, attemptWaitSeconds: 5 }, store2: STORE },
    });
    const [first, second, third, other] = [rig.connect(), rig.connect(), rig.connect(), rig.connect()];
    first.says("a LOGIN alice x\r\n");
    rig.transport.last.accepts();
    second.says("a LOGIN bob x\r\n");
    rig.passes(2);
    third.says("a LOGIN bob x\r\n");
    other.says("a LOGIN carol x\r\n");
    expect(rig.transport.connections.map(({ remoteAddress }) => remoteAddress)).toEqual(["store1", "store2"]);
    rig.passes(3);
    rig.passes(0);
    expect(second.heard()).toBe("a NO [UNAVAILABLE] Temporary failure, please try again later\r\n");
    rig.transport.connections[0]?.breaks();
    rig.passes(0);
    expect(rig.transport.connections).toHaveLength(3);
    accepted(rig);
    expect(third.heard()).toMatch(/^a OK done\r\n/m);
    second.receiver.closed();
    expect(rig.ended.at(-1)?.record.failures).toMatchObject([{ code: "store-attempts", store: "store1" }]);
  });

  test("with as many sessions as allowed takes no more, until one ends", () => {
    const rig = stage({ stores: { "*": { ...STORE, sessions: 1 } } });
    const first = rig.connect();
    first.says("a LOGIN alice x\r\n");
    const store = accepted(rig);
    const second = rig.connect();
    second.says("a LOGIN bob x\r\n");
    rig.passes(0);
    expect(second.heard()).toMatch(/^a NO \[UNAVAILABLE\]/);
    store.receiver.closed();
    first.receiver.closed();
    second.says("b LOGIN bob x\r\n");
    accepted(rig);
    expect(second.heard()).toMatch(/^b OK done\r\n/m);
  });

  test("leaves no place taken by a client that goes at any point", () => {
    const rig = stage({ stores: { "*": { ...STORE, attempts: 1 } } });
    const { places } = rig.services.stores;
    for (const point of ["connecting", "asking", "in"]) {
      const client = rig.connect();
      client.says("a LOGIN alice x\r\n");
      const queued = rig.connect();
      queued.says("a LOGIN bob x\r\n");
      queued.receiver.closed();
      const store = point === "connecting" ? undefined : asked(rig);
      if (point === "in") store?.says("M OK done\r\n");
      client.receiver.closed();
      if (point === "in") store?.receiver.closed();
      expect(places.size, point).toBe(0);
    }
  });

  test("whose first address refuses connections is skipped there, tried again, and used once it is back", () => {
    const rig = stage({
      stores: {
        "*": { ...STORE, address: ["10.0.9.1", "10.0.9.2"], breakerFailures: 2, breakerOpenSeconds: 10 },
      },
    });
    const hosts = (): string[] =>
      rig.transport.connections.splice(0).map(({ remoteAddress }) => remoteAddress);
    const logsIn = (): void => {
      const client = rig.connect();
      client.says("a LOGIN alice x\r\n");
      const dead = rig.transport.last;
      if (dead.remoteAddress === "10.0.9.1") dead.breaks("connect", "refused");
      accepted(rig);
      expect(client.heard()).toMatch(/^a OK done\r\n/m);
    };
    logsIn();
    logsIn();
    expect(hosts()).toEqual(["10.0.9.1", "10.0.9.2", "10.0.9.1", "10.0.9.2"]);
    logsIn();
    expect(hosts()).toEqual(["10.0.9.2"]);
    rig.passes(10);
    const probe = rig.connect();
    probe.says("a LOGIN alice x\r\n");
    const meanwhile = rig.connect();
    meanwhile.says("a LOGIN bob x\r\n");
    expect(rig.transport.connections.map(({ remoteAddress }) => remoteAddress)).toEqual([
      "10.0.9.1",
      "10.0.9.2",
    ]);
    rig.transport.connections[0]
      ?.accepts()
      .says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n", "M OK done\r\n");
    expect(probe.heard()).toMatch(/^a OK done\r\n/m);
    hosts();
    const after = rig.connect();
    after.says("a LOGIN alice x\r\n");
    expect(hosts()).toEqual(["10.0.9.1"]);
  });

  test("with no host left is down at once, and the record says why", () => {
    const rig = stage({ stores: { "*": { ...STORE, breakerFailures: 1, breakerOpenSeconds: 10 } } });
    const first = rig.connect();
    first.says("a LOGIN alice x\r\n");
    rig.transport.last.breaks("connect", "refused");
    rig.passes(0);
    const second = rig.connect();
    second.says("a LOGIN alice x\r\n");
    rig.passes(0);
    expect(second.heard()).toBe(
      "* NO [ALERT] Your IMAP server appears to be temporarily out of service.\r\na NO [UNAVAILABLE] Temporary failure, please try again later\r\n",
    );
    second.receiver.closed();
    expect(rig.ended.at(-1)?.record.failures).toMatchObject([{ code: "store-skipped", store: "store1" }]);
  });

  test.each<[what: string, clients: string[], isSkipped: boolean]>([
    ["one client", ["192.0.2.1", "192.0.2.1", "192.0.2.1"], false],
    ["one IPv6 network", ["2001:db8::1", "2001:db8::2", "2001:db8::3"], false],
    ["several clients", ["192.0.2.1", "192.0.2.2"], true],
  ])("that accepts and never speaks to %s", (_what, clients, isSkipped) => {
    const rig = stage({ stores: { "*": { ...STORE, breakerFailures: 2 } } });
    for (const address of clients) {
      rig.connect(address).says("a LOGIN alice x\r\n");
      rig.transport.last.accepts();
      rig.passes(rig.config.limits.bannerSeconds);
    }
    expect(rig.services.stores.health.open).toBe(isSkipped ? 1 : 0);
  });

  test("is not skipped for what clients do: silence in an exchange, or a login that has it hang up", () => {
    const rig = stage({
      instance: { mechanisms: ["PLAIN", "SCRAM-SHA-1"] },
      stores: { "*": { ...STORE, breakerFailures: 1 } },
    });
    for (const address of ["192.0.2.1", "192.0.2.2"]) {
      const silent = rig.connect(address);
      silent.says(`a AUTHENTICATE SCRAM-SHA-1 ${Buffer.from("n,,n=alice,r=x").toString("base64")}\r\n`);
      const store = rig.transport.last.accepts();
      store.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-1] ready\r\n", "+ cj14\r\n");
      rig.passes(rig.config.limits.storeLoginSeconds);
      expect(silent.sent).not.toBe("");
      rig.connect(address).says("a LOGIN alice x\r\n");
      asked(rig).receiver.closed();
    }
    expect(rig.services.stores.health.size).toBe(0);
  });
});

test("sessions that a store drops all at once end one after the other", () => {
  const SESSIONS = 400;
  const rig = stage({ stores: { "*": { imap: { port: 143, tls: "none" }, lostSessionsSeconds: 10 } } });
  const all = Array.from({ length: SESSIONS }, () => {
    const client = rig.connect();
    client.says("a LOGIN alice x\r\n");
    const store = accepted(rig);
    return { client, store };
  });
  for (const { store } of all) store.breaks();
  const ended = (): number => all.filter(({ client }) => client.calls.includes("end")).length;
  expect(ended()).toBe(101);
  rig.passes(1);
  expect(ended()).toBeLessThan(250);
  rig.passes(9);
  expect(ended()).toBe(SESSIONS);
  for (const { client } of all) client.receiver.closed();
  expect(rig.ended).toHaveLength(SESSIONS);
  expect(new Set(rig.ended.map(({ reason }) => reason))).toEqual(new Set(["store-lost"]));
  expect(rig.services.stores.places.size).toBe(0);
});
