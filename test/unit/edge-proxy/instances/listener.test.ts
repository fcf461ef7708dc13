import { expect, test } from "vitest";
import type { ListenerConfig } from "../../../../edge-proxy/config/listener.ts";
import { type ListenerSettings, openListener } from "../../../../edge-proxy/instances/listener.ts";
import type { LiveSession } from "../../../../edge-proxy/observe/session-registry.ts";
import { proxyHeaderV2 } from "../../../../edge-proxy/transport/proxy-protocol.ts";
import { makeRig, type RigOptions } from "../session/session-rig.ts";
import { type FakeListener, Wire, type WireFacts } from "../transport/fake-transport.ts";

const CLIENT = { remoteAddress: "198.51.100.4", remotePort: 1234, localAddress: "10.0.0.5", localPort: 993 };
const V2 = Buffer.from(proxyHeaderV2(CLIENT)).toString("latin1");
const V1 = "PROXY TCP4 198.51.100.4 10.0.0.5 1234 993\r\n";
const PROXIED = { proxyProtocol: "any", trustedProxies: ["10.0.0.0/8", "fd00::/8", "192.0.2.1"] };

async function open(options: RigOptions = {}, room = 10) {
  const rig = makeRig(options);
  const [config] = rig.config.listeners;
  const sessions: LiveSession[] = [];
  let taken = 0;
  const settings: ListenerSettings = {
    config: config as ListenerConfig,
    services: rig.services,
    tls: { certificates: [] },
  };
  const listener = await openListener(rig.transport, settings, {
    enter: () => {
      if (taken >= room + 1) return "dropped";
      return ++taken <= room ? "admitted" : "refused";
    },
    dropped: () => void taken--,
    started: (session) => void sessions.push(session),
    refused: (record, reason) => void rig.ended.push({ record, reason }),
  });
  const connects = (facts: WireFacts = {}): { wire: Wire; taken: boolean } => {
    const wire = new Wire(facts);
    return { wire, taken: (rig.transport.listeners[0] as FakeListener).connects(wire) };
  };
  return { ...rig, listener, settings, sessions, connects };
}

test("a connection becomes a session, and is greeted", async () => {
  const { connects, sessions } = await open();
  expect(connects().wire.sent).toMatch(/^\* OK /);
  expect(sessions).toHaveLength(1);
});

test("a connection past the limit is told so, and one past what can be told is not taken", async () => {
  const { connects, sessions } = await open({}, 1);
  const [first, second, third] = [connects(), connects(), connects()];
  expect([first.taken, second.taken, third.taken]).toEqual([true, true, false]);
  expect(second.wire.sent).toBe("* BYE [UNAVAILABLE] Too many connections, please try again later\r\n");
  expect(sessions).toHaveLength(2);
});

test.each([
  ["imap", "* BYE [UNAVAILABLE] Too many connections from your address\r\n"],
  ["pop3", "-ERR [SYS/TEMP] Too many connections from your address\r\n"],
] as const)("%s: a client past its limit is told so, others are not hindered", async (protocol, told) => {
  const { connects, ended, services } = await open({
    protocol,
    instance: { limits: { connectionsPerClient: 2 } },
  });
  const from = (remoteAddress: string) => connects({ remoteAddress }).wire;
  const wires = [from("192.0.2.7"), from("192.0.2.7"), from("192.0.2.7"), from("192.0.2.8")];
  expect(wires.map(({ sent }) => sent === told)).toEqual([false, false, true, false]);
  wires[2]?.receiver.closed();
  expect(ended.map(({ reason }) => reason)).toEqual(["client-limit"]);
  expect(services.guard.counters.clientLimit).toBe(1);
  // A place that is given up is the next one's.
  wires[0]?.receiver.closed();
  expect(from("192.0.2.7").sent).not.toBe(told);
});

test("under TLS a client past its limit is told once TLS is up; beyond a few it is dropped without a handshake", async () => {
  const { connects, ended } = await open({
    tls: "implicit",
    instance: { limits: { connectionsPerClient: 1 } },
  });
  connects();
  const refused = Array.from({ length: 6 }, () => connects());
  expect(refused.map(({ taken }) => taken)).toEqual([true, true, true, true, false, false]);
  expect(refused[0]?.wire.sent).toBe("");
  refused[0]?.wire.receiver.secured();
  expect(refused[0]?.wire.sent).toMatch(/^\* BYE \[UNAVAILABLE\]/);
  refused[0]?.wire.receiver.closed();
  expect(ended.map(({ reason }) => reason)).toEqual(["client-limit"]);
});

test.each([
  ["192.0.2.7", undefined],
  ["10.1.2.3", "access-denied"],
  ["::ffff:10.1.2.3", "access-denied"],
])("an access rule judges a client from %s", async (remoteAddress, reason) => {
  const { connects, ended, sessions } = await open({ instance: { access: ["-ALL:10.0.0.0/8"] } });
  const { taken } = connects({ remoteAddress });
  expect(taken).toBe(reason === undefined);
  expect(ended.map((end) => end.reason)).toEqual(reason === undefined ? [] : [reason]);
  expect(sessions).toHaveLength(reason === undefined ? 1 : 0);
});

test.each([
  ["10.1.2.3", true],
  ["::ffff:10.1.2.3", true],
  ["fd00::5", true],
  ["192.0.2.1", true],
  ["192.0.2.2", false],
  ["11.0.0.1", false],
  ["fe80::1", false],
  ["::1", false],
])("a PROXY header from %s is taken: %s", async (remoteAddress, trusted) => {
  const { connects, ended, sessions } = await open({ listener: PROXIED });
  const { wire, taken } = connects({ remoteAddress });
  expect(taken).toBe(trusted);
  wire.says(V1);
  expect(sessions).toHaveLength(trusted ? 1 : 0);
  expect(ended.map(({ reason, record }) => `${reason} ${record.failures?.[0]?.code}`)).toEqual(
    trusted ? [] : ["proxy-header proxy-header"],
  );
});

test("the PROXY header's client and destination are judged, not the proxy's", async () => {
  const { connects, ended, sessions } = await open({
    listener: PROXIED,
    instance: { access: ["-ALL:198.51.100.0/24"], virtualDomainFile: "vdmap" },
    files: { vdmap: "vdmap inside 10.0.0.5\ninside:DefaultDomain inside.example\n" },
  });
  const { wire } = connects({ remoteAddress: "10.1.2.3" });
  wire.says(V1);
  expect([wire.sent, wire.calls, sessions]).toEqual(["", ["destroy"], []]);
  expect(ended[0]).toMatchObject({
    reason: "access-denied",
    record: { clientAddress: "198.51.100.4", virtualDomain: "inside" },
  });
});

test.each<[string, object, tls: string, feedsTls: boolean]>([
  ["clear", { tls: "none" }, "none", false],
  ["STARTTLS", { tls: "starttls" }, "starttls", false],
  ["implicit TLS", { tls: "implicit" }, "implicit", false],
  ["implicit TLS behind a PROXY header", { tls: "implicit", ...PROXIED }, "starttls", true],
  ["STARTTLS behind one", { tls: "starttls", ...PROXIED }, "starttls", false],
])("%s: the transport begins TLS as it should", async (_name, listener, tls, feedsTls) => {
  const { transport } = await open({ listener });
  expect(transport.listeners[0]?.options).toMatchObject({ tls, feedsTls, alpn: "imap" });
});

test("a change is for new connections, with other proxies and certificates", async () => {
  const { listener, settings, connects, transport } = await open({ listener: PROXIED });
  const next = {
    ...settings,
    config: { ...settings.config, trustedProxies: ["192.0.2.0/24"] },
    tls: { certificates: [{ cert: "new", key: "new" }] },
  };
  await listener.replace(next);
  expect([connects({ remoteAddress: "10.1.2.3" }).taken, connects().taken]).toEqual([false, true]);
  expect(transport.listeners[0]?.tls).toEqual(next.tls);
});

test("a change with a certificate that cannot be used changes nothing", async () => {
  const { listener, settings, connects } = await open({ listener: PROXIED });
  const broken = {
    ...settings,
    config: { ...settings.config, trustedProxies: [] },
    tls: { certificates: [{ cert: "broken", key: "" }] },
  };
  await expect(listener.replace(broken)).rejects.toThrow("broken");
  expect(listener.settings).toBe(settings);
  expect(connects({ remoteAddress: "10.1.2.3" }).taken).toBe(true);
});

test.each([
  ["10.1.2.3", V2, "198.51.100.4"],
  ["10.1.2.3", "\x16\x03\x01", "10.1.2.3"],
  ["203.0.113.9", "\x16\x03\x01", "203.0.113.9"],
  ["203.0.113.9", V2, "203.0.113.9"],
])("an optional PROXY header: %s that sends %j is %s", async (remoteAddress, bytes, client) => {
  const { connects, ended, sessions } = await open({
    listener: { ...PROXIED, proxyProtocol: "optional", tls: "implicit" },
  });
  const { wire } = connects({ remoteAddress });
  wire.says(bytes);
  expect(sessions).toHaveLength(1);
  wire.receiver.closed();
  expect(ended.map(({ record }) => record.clientAddress)).toEqual([client]);
});
