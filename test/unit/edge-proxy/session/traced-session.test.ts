import { expect, test } from "vitest";
import { NO_PLACE } from "../../../../edge-proxy/guard/tally.ts";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import type { RouteWaiter } from "../../../../edge-proxy/routing/resolver.ts";
import { startSession } from "../../../../edge-proxy/session/session.ts";
import { tracedServices } from "../../../../edge-proxy/session/traced-services.ts";
import { TraceReport } from "../../../../route-api/contract/traces.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { Wire } from "../transport/fake-transport.ts";
import { makeRig, type Rig, type RigOptions } from "./session-rig.ts";

const BOUNDS = { seconds: "60", events: "100", bytes: "100000" };

interface Stage extends Rig {
  client: Wire;
  /** What the route API was told so far: step and text of each event. */
  events(): string[];
  connects(remoteAddress?: string): Wire;
}

function start(selection: Record<string, string>, options: RigOptions = {}): Stage {
  const rig = makeRig({ routes: { alice: routeAnswer("alice") }, ...options });
  expect(rig.traces.asked({ trace: "t", ...BOUNDS, ...selection })).toBe(true);
  const connects = (remoteAddress = "192.0.2.7"): Wire => {
    const client = new Wire({ remoteAddress });
    client.receiver = startSession(rig.services, client, client, { place: NO_PLACE });
    return client;
  };
  const events = (): string[] => {
    rig.passes(0.3);
    return rig.told.flatMap(({ body }) =>
      TraceReport.parse(JSON.parse(body)).events.map(({ step, text }) => `${step}: ${text}`),
    );
  };
  return { ...rig, client: connects(), events, connects };
}

test("a login by IMAP is told step by step, both legs, without the password", () => {
  const { client, transport, events } = start({ client: "192.0.2.0/24" });
  client.says('x1 ID ("name" "Mail" "token" "hunter2 hunter2")\r\n', "x2 LOGIN al", "ice hunter2\r\n");
  const store = transport.last.accepts();
  store.says("* OK [CAPABILITY IMAP4rev1 ID SASL-IR AUTH=PLAIN] ready\r\n");
  expect(store.heard()).toContain("AUTHENTICATE PLAIN AGFsaWNlAGh1bnRlcjI=");
  store.says("M OK [CAPABILITY IMAP4rev1] alice, hunter2 is right\r\n", "* 1 EXISTS\r\n");
  client.receiver.closed();
  store.receiver.closed();
  const told = events();
  expect(told.map((event) => event.replace(/[\d.]+ ms/g, "N ms"))).toEqual([
    "accept: imap at 10.0.0.1:143 (main), from 192.0.2.7:55812",
    "to-client: * OK [CAPABILITY IMAP4rev1 LITERAL+ ID IDLE SASL-IR AUTH=PLAIN AUTH=LOGIN] Messaging Multiplexor ready",
    "from-client: #1 ID (name=Mail, 1 more)",
    "to-client: * ID NIL",
    "to-client: #1 OK ID completed",
    "from-client: #2 LOGIN alice [secret]",
    "name: alice (LOGIN)",
    "look-up: alice: not cached",
    "route: the account alice at store1",
    "connect: store1:1143",
    "connected: TCP is up",
    "banner: the store has said its first word",
    "from-store: * OK [CAPABILITY IMAP4rev1 ID SASL-IR AUTH=PLAIN] ready",
    "to-store: I ID (name=Mail, 1 more)",
    "to-store: M AUTHENTICATE PLAIN [secret]",
    "replay: logging in at the store",
    "from-store: [a line that repeats a secret]",
    "logged-in: alice at store1: route N ms, connect N ms, auth N ms, all N ms",
    "to-client: [a line that repeats a secret]",
    "first-bytes: 12 from the store",
    "end: client-closed; 73 bytes from the client, 12 from the store",
  ]);
});

test("a login by POP3 with a wrong password, then an unknown name", () => {
  const { client, transport, events, passes } = start({ client: "192.0.2.7" }, { protocol: "pop3" });
  client.says("APOP alice c4c9334bac560ecc979e58001b3e22fb\r\n", "USER alice\r\nPASS hunter2\r\n");
  const store = transport.last.accepts();
  store.says("+OK ready\r\n", "+OK\r\nUSER\r\n.\r\n", "+OK\r\n", "-ERR [AUTH] no\r\n");
  passes(5);
  client.says("USER bob\r\n", "PASS hunter3\r\n");
  passes(5);
  client.says("QUIT\r\n");
  const told = events();
  expect(told).toEqual(
    expect.arrayContaining([
      "from-client: APOP [43 octets: Unknown command, or not allowed before login]",
      "from-client: USER alice",
      "from-client: PASS [secret]",
      "to-store: CAPA",
      "to-store: USER alice",
      "to-store: PASS [secret]",
      "from-store: -ERR [AUTH] no",
      "failure: store-refused: at store1: got to auth: -ERR [AUTH] no",
      "name: bob (USER)",
      "route: unknown-user: no entry has the name",
      "failure: unknown-user",
    ]),
  );
  expect(told.at(-1)).toMatch(/^end: logout; .* logins were delayed by \d+ ms$|^to-client: \+OK/);
});

test("a user's session is told from its accept on, once the name is known; others are not told", () => {
  const { client, events, connects, transport } = start({ login: "alias", account: "alice" });
  const other = connects();
  other.says("a LOGIN bob secret\r\n");
  other.receiver.closed();
  expect(events()).toEqual([]);
  client.says("a CAPABILITY\r\nb LOGIN ALICE hunter2\r\n");
  expect(transport.connections).toHaveLength(1);
  expect(events().slice(0, 3)).toEqual([
    "accept: imap at 10.0.0.1:143 (main), from 192.0.2.7:55812",
    expect.stringMatching(/^to-client: \* OK/),
    "from-client: #1 CAPABILITY",
  ]);
});

test("a password that is a common word hides nothing that the edge says in its own words", () => {
  const { client, events } = start({ login: "alice" });
  client.says("a LOGIN alice main\r\n");
  expect(events()[0]).toBe("accept: imap at 10.0.0.1:143 (main), from 192.0.2.7:55812");
});

test("a client that gets nowhere is told: what it sends is only counted", () => {
  const { client, events } = start({ client: "2001:db8::/32" });
  expect(events()).toEqual([]);
  client.receiver.closed();
  const stage = start({ client: "192.0.2.7" });
  stage.client.says("\x16\x03\x01\x02hunter2\r\nGET / HTTP/1.1");
  stage.client.receiver.closed();
  expect(stage.events().slice(2)).toEqual([
    "from-client: #1 [11 octets: Command needs a tag and a name]",
    "to-client: * BAD Command needs a tag and a name",
    "from-client: [14 octets: unfinished]",
    "end: client-closed; 27 bytes from the client, 0 from the store",
  ]);
});

test("a failed TLS handshake is told", () => {
  const { client, events } = start({ client: "192.0.2.7" }, { tls: "implicit" });
  client.breaks("tls", "error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:x");
  expect(events()[1]).toBe(
    "end: tls-failed; TLS: tlsv1 alert unknown ca; 0 bytes from the client, 0 from the store",
  );
});

test("the route API is told for which session it looks up, traced or not", () => {
  const rig = makeRig();
  const sids: unknown[] = [];
  const { resolver } = rig.services;
  const services = {
    ...rig.services,
    resolver: { ...resolver, resolve: (_login: string, { sid }: RouteWaiter) => void sids.push(sid) },
  };
  const logIn = (): string => {
    const client = new Wire();
    const session = startSession(services, client, client, { place: NO_PLACE });
    session.data(Buffer.from("a LOGIN alice secret\r\n"));
    return session.record.sid;
  };
  const untraced = logIn();
  rig.traces.asked({ trace: "t", client: "192.0.2.7", ...BOUNDS });
  const traced = logIn();
  expect(sids).toEqual([untraced, traced]);
});

test("a trace ends by itself, when told to, and when it is as long as it may be", () => {
  const { traces, client, events, connects, passes, services } = start({ client: "192.0.2.7", events: "4" });
  client.says("a NOOP\r\nb NOOP\r\n");
  expect(events().slice(2)).toEqual([
    "from-client: #1 NOOP",
    "limit: the trace is as long as it may be; nothing more is told",
  ]);
  expect(traces.isOn).toBe(false);
  expect(traces.asked({ trace: "u", client: "192.0.2.7", ...BOUNDS })).toBe(true);
  expect(traces.asked({ trace: "u", stop: "true" })).toBe(true);
  expect(traces.isOn).toBe(false);
  traces.asked({ trace: "v", client: "192.0.2.7", ...BOUNDS, seconds: "5" });
  passes(6);
  expect(traces.isOn).toBe(false);
  const record = newRecord("main", "imap", connects());
  expect(tracedServices(services, record)).toBe(services);
  expect(events()).toHaveLength(4);
});

test.each([
  ["without a subject", {}],
  ["with rubbish for a number", { login: "alice", events: "many" }],
  ["for too long", { login: "alice", seconds: "86400" }],
])("a trace %s does not begin", (_, selection) => {
  const { traces } = makeRig();
  expect(traces.asked({ trace: "t", ...BOUNDS, ...selection })).toBe(false);
  expect(traces.isOn).toBe(false);
});

test("an edge runs so many traces at a time, and one that the API no longer knows ends", () => {
  const { traces, services, told, passes } = makeRig();
  const begun = Array.from({ length: 21 }, (_, index) =>
    traces.asked({ trace: `t${index}`, client: "192.0.2.7", ...BOUNDS, seconds: "3600" }),
  );
  expect(begun.indexOf(false)).toBe(20);
  const client = new Wire();
  startSession(services, client, client, { place: NO_PLACE });
  passes(0.3);
  expect(told).toHaveLength(20);
});
