import { expect, onTestFinished, test, vi } from "vitest";
import { ProxyGate } from "../../../../edge-proxy/instances/proxy-gate.ts";
import { TimerWheel } from "../../../../edge-proxy/timer-wheel.ts";
import { type ProxyVersions, proxyHeaderV2 } from "../../../../edge-proxy/transport/proxy-protocol.ts";
import type { Addresses } from "../../../../edge-proxy/transport/transport.ts";
import { Wire } from "../transport/fake-transport.ts";

const HEADER_SECONDS = 3;
const CLIENT = { remoteAddress: "198.51.100.4", remotePort: 1234, localAddress: "10.0.0.5", localPort: 993 };
const V1 = "PROXY TCP4 198.51.100.4 10.0.0.5 1234 993\r\n";
const V2 = Buffer.from(proxyHeaderV2(CLIENT)).toString("latin1");

interface GateOptions {
  versions?: ProxyVersions;
  implicitTls?: boolean;
  /** Nobody takes the connection. */
  shut?: boolean;
}

function gate({ versions = "any", implicitTls = false, shut = false }: GateOptions = {}) {
  vi.useFakeTimers();
  const wheel = new TimerWheel();
  onTestFinished(() => {
    wheel.stop();
    vi.useRealTimers();
  });
  const wire = new Wire();
  const behind: string[] = [];
  const admitted: Addresses[] = [];
  const refused: string[] = [];
  const receiver = {
    data: (bytes: Uint8Array) => void behind.push(Buffer.from(bytes).toString("latin1")),
    secured() {},
    drained() {},
    ended: () => void behind.push("ended"),
    closed: () => void behind.push("closed"),
  };
  wire.receiver = new ProxyGate(
    {
      wheel,
      versions,
      headerSeconds: HEADER_SECONDS,
      implicitTls,
      admit(_connection, { remoteAddress, remotePort, localAddress, localPort }) {
        admitted.push({ remoteAddress, remotePort, localAddress, localPort });
        return shut ? undefined : receiver;
      },
      refuse: (_connection, detail) => void refused.push(detail),
    },
    wire,
  );
  const passes = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000);
  return { wire, behind, admitted, refused, passes };
}

test.each([
  ["version 1", V1, CLIENT],
  ["version 2", V2, CLIENT],
  [
    "a header without addresses",
    "PROXY UNKNOWN\r\n",
    { remoteAddress: "192.0.2.7", remotePort: 55_812, localAddress: "10.0.0.1", localPort: 143 },
  ],
])("%s, cut anywhere, admits the client with what it sent behind", (_name, header, addresses) => {
  for (let at = 1; at < header.length; at++) {
    const { wire, behind, admitted, refused, passes } = gate();
    wire.says(header.slice(0, at));
    expect(admitted).toEqual([]);
    wire.says(`${header.slice(at)}a NOOP\r\n`, "b NOOP\r\n");
    passes(60);
    wire.receiver.ended();
    expect(admitted).toEqual([addresses]);
    expect(behind).toEqual(["a NOOP\r\n", "b NOOP\r\n", "ended"]);
    expect([refused, wire.calls]).toEqual([[], []]);
  }
});

test.each([
  ["optional", "a trusted peer that sends none"],
  ["none", "a peer that may not send one"],
] as const)("%s: %s is admitted as itself, and its first bytes begin TLS", (versions, _) => {
  const { wire, admitted, refused } = gate({ versions, implicitTls: true });
  wire.says("\x16\x03\x01");
  expect(admitted.map(({ remoteAddress }) => remoteAddress)).toEqual(["192.0.2.7"]);
  expect([wire.calls, wire.tlsHead]).toEqual([["startTls"], "\x16\x03\x01"]);
  expect(refused).toEqual([]);
});

test("a header counts where it is optional, cut anywhere, and not where it may not be sent", () => {
  for (let at = 1; at < V2.length; at++) {
    const { wire, admitted } = gate({ versions: "optional", implicitTls: true });
    wire.says(V2.slice(0, at));
    wire.says(`${V2.slice(at)}\x16`);
    expect(admitted).toEqual([CLIENT]);
  }
  const { wire, admitted } = gate({ versions: "none", implicitTls: true });
  wire.says(V2);
  expect(admitted.map(({ remoteAddress }) => remoteAddress)).toEqual(["192.0.2.7"]);
});

test("what follows the header is the beginning of TLS where that is implicit", () => {
  const { wire, behind } = gate({ implicitTls: true });
  wire.says(`${V2}\x16\x03\x01`);
  expect([wire.calls, wire.tlsHead, behind]).toEqual([["startTls"], "\x16\x03\x01", []]);
});

test("a connection that nobody takes is closed", () => {
  const { wire, admitted, refused } = gate({ shut: true });
  wire.says(`${V1}a NOOP\r\n`);
  expect(admitted).toHaveLength(1);
  expect([wire.calls, refused]).toEqual([["destroy"], []]);
});

test.each<[string, ProxyVersions, (wire: Wire, passes: (seconds: number) => void) => void, detail: RegExp]>([
  ["something else", "any", (wire) => wire.says("a LOGIN alice secret\r\n"), /^no PROXY header$/],
  ["version 1 where 2 is wanted", "v2", (wire) => wire.says(V1), /^no v2 header$/],
  ["version 2 where 1 is wanted", "v1", (wire) => wire.says(V2), /^a v2 header where /],
  [
    "half a header, then the end",
    "any",
    (wire) => {
      wire.says(V1.slice(0, 9));
      wire.receiver.ended();
    },
    /^the connection ended /,
  ],
  [
    "half a header, and the connection is lost",
    "any",
    (wire) => {
      wire.says(V1.slice(0, 9));
      wire.breaks();
    },
    /^the connection was lost /,
  ],
  [
    "half a header, and no more",
    "any",
    (wire, passes) => {
      wire.says(V1.slice(0, 9));
      passes(HEADER_SECONDS + 0.2);
    },
    /^no PROXY header in 3 s$/,
  ],
])("%s: refused once, without a word", (_name, versions, play, detail) => {
  const { wire, admitted, refused, passes } = gate({ versions });
  play(wire, passes);
  wire.says(V1);
  wire.receiver.closed();
  passes(60);
  expect(refused).toEqual([expect.stringMatching(detail)]);
  expect(admitted).toEqual([]);
  expect([wire.sent, wire.calls]).toEqual(["", ["destroy"]]);
});

test("a header has its time, and no more", () => {
  const { wire, refused, passes } = gate();
  passes(HEADER_SECONDS - 0.2);
  wire.says(V1.slice(0, 9));
  expect(refused).toEqual([]);
  passes(0.4);
  expect(refused).toHaveLength(1);
});
