import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, expect, test, vi } from "vitest";
import { nodeTransport } from "../../../../edge-proxy/transport/node.ts";
import { unsharedTickets } from "../../../../edge-proxy/transport/ticket-keys.ts";
import type { Listener, ListenerTls, ServerCertificate } from "../../../../edge-proxy/transport/transport.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { makeCertificate } from "../../../support/workspace.ts";

async function newCertificate(): Promise<ServerCertificate & { ca: string }> {
  const folder = mkdtempSync(join(tmpdir(), "mmp-tickets-"));
  const { certFile, keyFile, caFile } = await makeCertificate(folder);
  const [cert, key, ca] = [certFile, keyFile, caFile].map((file) => readFileSync(file, "utf8"));
  rmSync(folder, { recursive: true });
  if (cert === undefined || key === undefined || ca === undefined) throw new Error("no certificate");
  return { cert, key, ca };
}

const KEY_SECONDS = 3600;
const [certificate, other] = await Promise.all([newCertificate(), newCertificate()]);
const tickets = (secret: string) => ({ secret: new Secret(secret), keySeconds: KEY_SECONDS });
const SHARED: ListenerTls = {
  certificates: [certificate],
  tickets: tickets("a secret of thirty-two characters"),
};

const asking = (ca: string): ListenerTls => ({
  ...SHARED,
  clientTrusts: { own: { ca }, domains: new Map() },
});

const listeners: Listener[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const listener of listeners.splice(0)) await listener.close();
});

/** A listener as one process of an edge has it; it says OK under TLS. */
async function process(tls: ListenerTls): Promise<Listener> {
  const listener = await nodeTransport.listen({
    ...tls,
    address: "127.0.0.1",
    port: 0,
    tls: "implicit",
    alpn: "imap",
    feedsTls: false,
    accept: (connection) => ({
      data() {},
      secured: () => void connection.write(Buffer.from("OK")),
      drained() {},
      ended: () => connection.end(),
      closed() {},
    }),
  });
  listeners.push(listener);
  return listener;
}

/** Connects, with a session to resume if there is one; tells whether it was, and which is next. */
async function visit(
  { port }: Listener,
  maxVersion: "TLSv1.2" | "TLSv1.3",
  session?: Buffer,
): Promise<{ resumed: boolean; session: Buffer }> {
  const socket = connect({
    port,
    maxVersion,
    rejectUnauthorized: false,
    ...(session && { session }),
  });
  let kept = session;
  socket.on("session", (bytes: Buffer) => {
    kept = bytes;
  });
  await once(socket, "data");
  const resumed = socket.isSessionReused();
  socket.end();
  await once(socket, "close");
  if (kept === undefined) throw new Error("no session was offered");
  return { resumed, session: kept };
}

const later = (seconds: number): void =>
  void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });

/** Whether the second process resumes what the first has begun, by TLS version. */
async function resumes(first: ListenerTls, second: ListenerTls, secondsBetween = 0): Promise<boolean[]> {
  const [begins, goesOn] = [await process(first), await process(second)];
  const versions = ["TLSv1.2", "TLSv1.3"] as const;
  const sessions = await Promise.all(versions.map((version) => visit(begins, version)));
  later(secondsBetween);
  const visits = versions.map((version, index) => visit(goesOn, version, sessions[index]?.session));
  return (await Promise.all(visits)).map(({ resumed }) => resumed);
}

test.each<[string, ListenerTls, ListenerTls, boolean]>([
  ["the same secret", SHARED, SHARED, true],
  ["no secret", { certificates: [certificate] }, { certificates: [certificate] }, false],
  ["another secret", SHARED, { ...SHARED, tickets: tickets("another secret of that many letters") }, false],
  ["another certificate", SHARED, { ...SHARED, certificates: [other] }, false],
  ["the same CAs of clients", asking(other.ca), asking(other.ca), true],
  ["other CAs of clients", asking(certificate.ca), asking(other.ca), false],
])("a process with %s resumes the other's sessions: %#", async (_, first, second, expected) => {
  // Far from the end of a period.
  vi.useFakeTimers({ toFake: ["Date"], now: Math.ceil(Date.now() / 3_600_000) * 3_600_000 });
  expect(await resumes(first, second)).toEqual([expected, expected]);
});

test("no ticket outlives its key", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Math.ceil(Date.now() / 3_600_000) * 3_600_000 });
  expect(await resumes(SHARED, SHARED, KEY_SECONDS - 1)).toEqual([true, true]);
  expect(await resumes(SHARED, SHARED, 1)).toEqual([false, false]);
});

test("a listener goes on with the next key by itself", async () => {
  const listener = await process(SHARED);
  const { session } = await visit(listener, "TLSv1.3");
  later(KEY_SECONDS);
  expect((await visit(listener, "TLSv1.3", session)).resumed).toBe(false);
  const next = await visit(listener, "TLSv1.3");
  expect((await visit(listener, "TLSv1.3", next.session)).resumed).toBe(true);
});

test("what stands in the way of sharing is named", () => {
  expect([unsharedTickets(false), unsharedTickets(true)]).toEqual([
    undefined,
    expect.stringContaining("beside sni: virtual domains"),
  ]);
  expect(unsharedTickets(false, false)).toContain("has no effect on this runtime");
});
