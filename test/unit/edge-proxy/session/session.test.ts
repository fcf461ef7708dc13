import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NO_PLACE } from "../../../../edge-proxy/guard/tally.ts";
import { startSession } from "../../../../edge-proxy/session/session.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { type OutgoingWire, Wire, type WireFacts } from "../transport/fake-transport.ts";
import { makeRig, type Rig, type RigOptions } from "./session-rig.ts";

const STORE_GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n";
const ROUTES = { alice: routeAnswer("alice") };

interface Stage extends Rig {
  client: Wire;
  session: ReturnType<typeof startSession>;
}

function start(options: RigOptions = {}, facts: WireFacts = {}): Stage {
  const rig = makeRig({ routes: ROUTES, ...options });
  const client = new Wire(facts);
  const session = startSession(rig.services, client, client, { place: NO_PLACE });
  client.receiver = session;
  return { ...rig, client, session };
}

/** The store takes the connection and is asked for the login. */
function atStore({ transport }: Rig): OutgoingWire {
  const store = transport.last.accepts();
  store.says(STORE_GREETING);
  return store;
}

/** Ways to each state. */
const inHandshake = (): Stage => start({ tls: "implicit" });
function inDialogue(): Stage {
  const stage = start();
  stage.client.heard();
  return stage;
}
function inLogin(): Stage {
  const stage = inDialogue();
  stage.client.says("a LOGIN alice secret\r\n");
  atStore(stage);
  return stage;
}
function inRelay(): Stage {
  const stage = inLogin();
  stage.transport.last.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
  stage.client.heard();
  return stage;
}
function inClosing(): Stage {
  const stage = inDialogue();
  stage.client.says("a LOGOUT\r\n");
  stage.client.heard();
  return stage;
}
const STATES = {
  handshake: inHandshake,
  dialogue: inDialogue,
  login: inLogin,
  relay: inRelay,
  closing: inClosing,
};

/** What may happen to a session in any state. */
const EVENTS = {
  "the client ends": ({ client }: Stage) => client.receiver.ended(),
  "the client closes": ({ client }: Stage) => client.receiver.closed(),
  "the connection breaks": ({ client }: Stage) => client.breaks(),
  "TLS fails": ({ client }: Stage) => client.breaks("tls"),
  "time is up": ({ passes }: Stage) => passes(60),
  "the edge drains": ({ session }: Stage) => session.stop("draining"),
  "an operator kicks": ({ session }: Stage) => session.stop("kicked"),
  "the edge stops": ({ session }: Stage) => session.stop("stopped"),
};

const TIMED_OUT = "* BYE Login timed out\r\n";
const DRAINED = "* BYE Server is shutting down, please reconnect\r\n";

const KICKED = "* BYE Session ended by the administrator, please reconnect\r\n";

describe("what ends a session", () => {
  test.each<[keyof typeof STATES, keyof typeof EVENTS, heard: string, calls: string[], reason: string]>([
    ["handshake", "the client ends", "", ["end"], "client-closed"],
    ["handshake", "the client closes", "", [], "client-closed"],
    ["handshake", "TLS fails", "", [], "tls-failed"],
    ["handshake", "time is up", "", ["end"], "login-timeout"],
    ["handshake", "the edge drains", "", ["end"], "draining"],
    ["handshake", "the edge stops", "", ["destroy"], "stopped"],
    ["dialogue", "the client ends", "", ["end"], "client-closed"],
    ["dialogue", "the client closes", "", [], "client-closed"],
    ["dialogue", "the connection breaks", "", [], "client-lost"],
    ["dialogue", "time is up", TIMED_OUT, ["end"], "login-timeout"],
    ["dialogue", "the edge drains", DRAINED, ["end"], "draining"],
    ["dialogue", "an operator kicks", KICKED, ["end"], "kicked"],
    ["dialogue", "the edge stops", "", ["destroy"], "stopped"],
    ["login", "the client closes", "", [], "client-closed"],
    ["login", "the connection breaks", "", [], "client-lost"],
    ["login", "the edge drains", DRAINED, ["end"], "draining"],
    ["login", "an operator kicks", KICKED, ["end"], "kicked"],
    ["login", "the edge stops", "", ["destroy"], "stopped"],
    ["relay", "the edge stops", "", ["destroy"], "stopped"],
    ["closing", "the client ends", "", ["end"], "logout"],
    ["closing", "the client closes", "", ["end"], "logout"],
    ["closing", "the connection breaks", "", ["end"], "logout"],
    ["closing", "time is up", "", ["end", "destroy"], "logout"],
    ["closing", "the edge drains", "", ["end", "destroy"], "logout"],
    ["closing", "the edge stops", "", ["end", "destroy"], "logout"],
  ])("in %s, %s: the client hears %j, and the log says why", (state, event, heard, calls, reason) => {
    const stage = STATES[state]();
    EVENTS[event](stage);
    expect(stage.client.sent).toBe(heard);
    expect(stage.client.calls).toEqual(calls);
    stage.client.receiver.closed();
    for (const store of stage.transport.connections) store.receiver.closed();
    expect(stage.ended.map((end) => end.reason)).toEqual([reason]);
  });

  test.each(["login", "relay"] as const)("no store is left behind by a %s", (state) => {
    const stage = STATES[state]();
    stage.session.stop("stopped");
    expect(stage.transport.last.calls).toContain("destroy");
  });

  test("a client that does not close after the farewell is cut off", () => {
    const { client, session, passes } = inDialogue();
    session.stop("draining");
    passes(2);
    expect(client.calls).toEqual(["end", "destroy"]);
  });
});

describe("TLS", () => {
  test("nothing is said before it is up where it is implicit", () => {
    const { client, ended } = start({ tls: "implicit" }, { tlsVersion: "TLSv1.3" });
    expect(client.heard()).toBe("");
    client.receiver.secured();
    expect(client.heard()).toMatch(/^\* OK /);
    client.receiver.closed();
    expect(ended[0]?.record.tls).toBe("TLSv1.3");
  });

  test("what a client said of itself in clear is forgotten at STARTTLS", () => {
    const { client, transport } = start({
      tls: "starttls",
      stores: { "*": { imap: { port: 1143, tls: "none" }, forwardClient: true } },
    });
    client.says('a ID ("name" "evil")\r\n', "b STARTTLS\r\n");
    expect(client.calls).toEqual(["startTls"]);
    client.receiver.secured();
    client.says("c LOGIN alice secret\r\n");
    const store = transport.last.accepts();
    store.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID] ready\r\n");
    expect(store.sent).toContain("x-originating-ip");
    expect(store.sent).not.toContain("evil");
  });

  test("it comes up once: a late word of it changes nothing", () => {
    const { client } = inLogin();
    client.receiver.secured();
    client.says("b NOOP\r\n");
    expect(client.heard()).toBe("");
  });
});

describe("a login", () => {
  test("that fails leads back to the dialogue, and the next one may follow", () => {
    const { client, passes, ended } = inDialogue();
    client.says("a LOGIN nobody x\r\nb NOOP\r\n");
    expect(client.heard()).toBe("");
    passes(2.5);
    expect(client.heard()).toBe(
      "a NO [AUTHENTICATIONFAILED] Authentication failed\r\nb OK NOOP completed\r\n",
    );
    client.says("c LOGIN nobody x\r\n");
    passes(2.5);
    expect(client.heard()).toMatch(/^c NO /);
    client.receiver.closed();
    expect(ended[0]?.record.failures?.map(({ code }) => code)).toEqual(["unknown-user", "unknown-user"]);
  });

  test("joins client and store, each with what the other sent ahead", () => {
    const stage = inDialogue();
    const { client, transport } = stage;
    client.says("a LOGIN alice secret\r\nb SELECT INBOX\r\n");
    const store = atStore(stage);
    store.heard();
    store.says("M OK [CAPABILITY IMAP4rev1] in\r\n* 1 EXISTS\r\n");
    expect(client.heard()).toBe("a OK [CAPABILITY IMAP4rev1] in\r\n* 1 EXISTS\r\n");
    expect(store.heard()).toBe("b SELECT INBOX\r\n");
    client.says("c NOOP\r\n");
    transport.last.says("c OK\r\n");
    expect([store.heard(), client.heard()]).toEqual(["c NOOP\r\n", "c OK\r\n"]);
  });

  test("counts the bytes of its whole session", () => {
    const { client, transport, ended } = inRelay();
    client.says("b NOOP\r\n");
    transport.last.says("b OK\r\n");
    client.receiver.closed();
    transport.last.receiver.closed();
    const sent = "a LOGIN alice secret\r\nb NOOP\r\n";
    expect(ended[0]?.record).toMatchObject({
      bytesFromClient: sent.length,
      bytesFromStore: 6,
      store: "store1",
    });
  });

  test("goes on for a client that has said all it has to say, which then gets every answer", () => {
    const stage = inLogin();
    const { client, transport } = stage;
    client.receiver.ended();
    expect(client.calls).toEqual([]);
    transport.last.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
    expect(client.heard()).toMatch(/^a OK /);
    expect(transport.last.calls).toContain("end");
  });

  test("that fails closes the connection of a client that has said all it has to say", () => {
    const { client, passes } = inDialogue();
    client.says("a LOGIN nobody x\r\n");
    client.receiver.ended();
    passes(2.5);
    expect(client.heard()).toMatch(/^a NO /);
    expect(client.calls).toEqual(["end"]);
  });

  test("and one that waits behind it is still heard where the client has said all", () => {
    const stage = inDialogue();
    const { client, passes } = stage;
    client.says("a LOGIN nobody x\r\nb LOGIN alice secret\r\n");
    client.receiver.ended();
    passes(2.5);
    const store = atStore(stage);
    store.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
    expect(client.heard()).toMatch(/^a NO .*\r\nb OK /);
    expect(store.calls).toContain("end");
  });

  test("whose store answers after the client has left ends at the store alone", () => {
    const { client, transport, ended } = inLogin();
    client.receiver.closed();
    transport.last.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
    expect(client.sent).toBe("");
    expect(ended).toHaveLength(1);
  });

  test("reads no more than so much ahead, until it has an answer", () => {
    const { client, transport } = inLogin();
    client.says("x".repeat(16_384));
    expect(client.calls).toEqual([]);
    client.says("x");
    expect(client.calls).toEqual(["pause"]);
    transport.last.says("M OK [CAPABILITY IMAP4rev1] in\r\n");
    expect(client.calls).toEqual(["pause", "resume"]);
  });
});

describe("memory before login", () => {
  const unfinished = (length: number): string => `a LOGIN ${"x".repeat(length)}`;

  test("is counted past the free part, and given back with the command's end", () => {
    const { client, loginBudget } = inDialogue();
    client.says(unfinished(2000));
    expect(loginBudget.usedBytes).toBe(0);
    client.says("x".repeat(1000));
    expect(loginBudget.usedBytes).toBe("a LOGIN ".length + 3000 - 2048);
    client.says("\r\n");
    expect(loginBudget.usedBytes).toBe(0);
  });

  test.each<[keyof typeof EVENTS]>([["the client closes"], ["time is up"], ["the edge stops"]])(
    "is given back when %s",
    (event) => {
      const stage = inDialogue();
      stage.client.says(unfinished(3000));
      EVENTS[event](stage);
      expect(stage.loginBudget.usedBytes).toBe(0);
    },
  );

  test.each([
    ["a client that reads hears why", true, /^\* BYE Too much sent before login\r\n$/, ["end"]],
    ["one that does not is cut off", false, /^$/, ["destroy"]],
  ])("too much of all together: %s", (_name, reads, heard, calls) => {
    const { client, ended } = start({ loginBytes: 1000 });
    client.heard();
    if (!reads) client.queuedBytes = 1;
    client.says(unfinished(4000));
    expect(client.heard()).toMatch(heard);
    expect(client.calls).toEqual(calls);
    client.receiver.closed();
    expect(ended[0]?.reason).toBe("sent-too-much");
  });
});

describe("a virtual domain by the name of SNI", () => {
  const files = {
    vdmap:
      "vdmap inside sni:mail.inside.example\ninside:DefaultDomain inside.example\n" +
      "vdmap shut sni:mail.shut.example\nshut:TCPAccess -ALL:ALL\n",
  };
  const arrive = (serverName: string | undefined) => {
    const options = { tls: "implicit" as const, instance: { virtualDomainFile: "vdmap" }, files };
    const stage = start(options, { serverName });
    stage.client.receiver.secured();
    return stage;
  };

  test.each([
    ["mail.inside.example", "inside", "bob@inside.example"],
    ["mail.other.example", undefined, "bob"],
    [undefined, undefined, "bob"],
  ])("%s is %s: bob is %s", (serverName, virtualDomain, login) => {
    const { client, asked, ended } = arrive(serverName);
    client.says("a LOGIN bob x\r\n");
    expect(asked).toEqual([login]);
    client.receiver.closed();
    expect(ended[0]?.record).toMatchObject({ virtualDomain, login });
  });

  test("may shut a client out", () => {
    const { client, ended } = arrive("mail.shut.example");
    expect([client.sent, client.calls]).toEqual(["", ["end"]]);
    client.receiver.closed();
    expect(ended[0]).toMatchObject({
      reason: "access-denied",
      record: { virtualDomain: "shut", failures: [{ code: "access-denied" }] },
    });
  });
});

test("a client's certificate is logged by its fingerprint, trusted or not", () => {
  const pem = readFileSync(new URL("../../../fixtures/certificates/email.pem", import.meta.url), "utf8");
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const { client, ended } = start({ tls: "implicit" }, { clientCertificate: { der, fault: "untrusted" } });
  client.receiver.secured();
  client.receiver.closed();
  expect(ended[0]?.record.certificate).toMatch(/^[0-9a-f]{64}$/);
});
