import { expect, test } from "vitest";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import {
  type ListenerSettings,
  type OpenListener,
  openListener,
} from "../../../../edge-proxy/instances/listener.ts";
import { changeListeners, listenerPlace } from "../../../../edge-proxy/instances/listener-changes.ts";
import type { SessionServices } from "../../../../edge-proxy/session/services.ts";
import { FakeTransport } from "../transport/fake-transport.ts";

const CERTIFICATE = { cert: "c", key: "k" };

const wanted = (listeners: object[], certificates = [CERTIFICATE]): Map<string, ListenerSettings> =>
  new Map(
    InstanceConfig.parse({ listeners }).listeners.map((config, index) => [
      listenerPlace(config, index),
      { config, services: {} as SessionServices, tls: { certificates } },
    ]),
  );

/** Puts one set of listeners in force after the other, and says what is open, and how often each was opened. */
async function changes(...sets: Map<string, ListenerSettings>[]) {
  const transport = new FakeTransport();
  const admission = { enter: () => "admitted" as const, dropped() {}, started() {}, refused() {} };
  let open = new Map<string, OpenListener>();
  const change = async (set: Map<string, ListenerSettings>): Promise<void> => {
    open = await changeListeners(open, set, (settings) => openListener(transport, settings, admission));
  };
  for (const set of sets) await change(set);
  const listening = (): number[] => transport.listeners.filter((each) => each.open).map(({ port }) => port);
  return { transport, change, listening, opened: transport.listeners.length, open: () => open };
}

const imap = (port: number, more: object = {}) => ({ protocol: "imap", port, ...more });

test.each<[string, before: object[], after: object[], listening: number[], opened: number]>([
  ["nothing changes", [imap(143)], [imap(143)], [143], 1],
  ["one comes", [imap(143)], [imap(143), imap(144)], [143, 144], 2],
  ["one goes", [imap(143), imap(144)], [imap(144)], [144], 2],
  ["one moves", [imap(143)], [imap(144)], [144], 2],
  ["other proxies are trusted", [imap(143)], [imap(143, { trustedProxies: ["10.0.0.0/8"] })], [143], 1],
  ["TLS begins in another way: reopened", [imap(143)], [imap(143, { tls: "starttls" })], [143], 2],
  ["another protocol: reopened", [imap(143)], [{ protocol: "pop3", port: 143 }], [143], 2],
  [
    "a PROXY header before TLS: reopened",
    [imap(143, { tls: "implicit" })],
    [imap(143, { tls: "implicit", proxyProtocol: "v2" })],
    [143],
    2,
  ],
  ["a free port stays the same one", [imap(0)], [imap(0)], [40_001], 1],
  ["and does where it is reopened", [imap(0)], [imap(0, { tls: "starttls" })], [40_001], 2],
])("%s", async (_name, before, after, ports, times) => {
  const { listening, opened } = await changes(wanted(before), wanted(after));
  expect(listening()).toEqual(ports);
  expect(opened).toBe(times);
});

test("a second certificate needs another listener, an exchanged one does not", async () => {
  const tls = { tls: "implicit" };
  const one = wanted([imap(993, tls)]);
  const other = wanted([imap(993, tls)], [{ cert: "other", key: "k" }]);
  const two = wanted([imap(993, tls)], [CERTIFICATE, CERTIFICATE]);
  expect((await changes(one, other)).opened).toBe(1);
  expect((await changes(one, two)).opened).toBe(2);
});

test("where a new one cannot be opened everything stays as it was", async () => {
  const { transport, change, listening, open } = await changes(wanted([imap(143)]));
  transport.taken.add(145);
  const before = open();
  await expect(change(wanted([imap(144), imap(145)]))).rejects.toThrow("port 145 on :: is in use");
  expect(listening()).toEqual([143]);
  expect(open()).toBe(before);
});
