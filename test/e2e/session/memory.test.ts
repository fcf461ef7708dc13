import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { peakUntilRest, privateBytes, rest } from "../../support/process-memory.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Each of the worst things that a client may leave unfinished, and what it sends for it. */
const UNFINISHED: Record<string, { protocol: "imap" | "pop3"; text: string }> = {
  "an IMAP line": { protocol: "imap", text: `a LOGIN ${"x".repeat(8000)}` },
  "a literal": { protocol: "imap", text: `a LOGIN {4096+}\r\n${"x".repeat(4095)}` },
  "a line and a literal": {
    protocol: "imap",
    text: `a LOGIN ${"y".repeat(8000)} {4096+}\r\n${"x".repeat(4095)}`,
  },
  "a token": { protocol: "imap", text: `a AUTHENTICATE XOAUTH2 ${"x".repeat(65_000)}` },
  "commands behind a login": { protocol: "imap", text: `a LOGIN hung x\r\n${"b NOOP\r\n".repeat(1500)}` },
  "an endless SASL answer": { protocol: "imap", text: `a AUTHENTICATE PLAIN\r\n${"x".repeat(65_000)}` },
  "a POP3 line": { protocol: "pop3", text: `USER ${"x".repeat(8000)}` },
  "a POP3 token": { protocol: "pop3", text: `AUTH XOAUTH2 ${"x".repeat(65_000)}` },
};
const CONNECTIONS = 1000;
/** What the user memory of the edge may grow by for each; node:net has larger sockets, and Deno's heap keeps gaps. */
const WORST_BYTES: Record<RuntimeName, number> = {
  bun: 16 * KIBIBYTE,
  node: 24 * KIBIBYTE,
  deno: 32 * KIBIBYTE,
};

/** How long a garbage collector may take, in milliseconds. */
const COLLECT_MS = 30_000;
/** Clients that come, do the same and go between two looks: a collector runs when something is allocated, not when time passes. */
const PASSING_CLIENTS = 200;

/**
 * V8 lets its nursery grow to 48 MiB or leaves it small as the load of the machine has it, and never gives it back: that
 * would be half of what is measured, and says nothing of the edge.
 */
const SMALL_NURSERY = { NODE_OPTIONS: "--max-semi-space-size=2", DENO_V8_FLAGS: "--max-semi-space-size=2" };

const SLOW_CLIENTS = 2000;
const SLOW_BYTES = MEBIBYTE;
const RELAY_BYTES = 64 * MEBIBYTE;
/**
 * What a session needs beside what it holds: sockets, records, and the read buffers of the runtime, largest on Deno.
 * Far below what it would hold for each without a bound for all.
 */
const SESSION_BYTES: Record<RuntimeName, number> = {
  bun: 96 * KIBIBYTE,
  node: 96 * KIBIBYTE,
  deno: 224 * KIBIBYTE,
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("memory on %s", (runtime) => {
  let edge: AllInOne;
  let store: ScriptedStore;
  let silent: ScriptedStore;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    for (const [name, flags] of Object.entries(SMALL_NURSERY)) vi.stubEnv(name, flags);
    const mail = Buffer.alloc(SLOW_BYTES, "*");
    store = await scriptedStore(imapLogin((socket) => socket.write(mail)));
    silent = await scriptedStore();
  });
  beforeEach(async () => {
    const at = (port: number) => ({
      address: "127.0.0.1",
      imap: { port, tls: "none" },
      pop3: { port, tls: "none" },
    });
    edge = await allInOne(runtime, {
      users: { alice: ["store"], hung: ["silent"] },
      stores: { store: at(store.port), silent: { ...at(silent.port), attempts: 100_000 } },
      // What support is shown of ended sessions has a bound of its own.
      edge: { relayBytes: RELAY_BYTES, historyBytes: MEBIBYTE },
      instance: {
        listeners: [{ protocol: "imap" }, { protocol: "pop3" }],
        mechanisms: ["PLAIN", "XOAUTH2"],
        limits: { loginSeconds: 600, bannerSeconds: 600 },
      },
    });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await edge?.stop();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all([store?.close(), silent?.close()]);
  });

  /** Connects, and sends the bytes as soon as the edge has greeted; the edge may close before all is sent. */
  const client = (protocol: "imap" | "pop3", bytes: Buffer): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(edge.ports[protocol === "imap" ? 0 : 1] ?? 0, "127.0.0.1");
      sockets.push(socket);
      socket.once("error", reject);
      socket.once("close", () => resolve(socket));
      socket.once("data", () => socket.write(bytes, () => resolve(socket)));
    });
  const many = async (count: number, protocol: "imap" | "pop3", text: string): Promise<Socket[]> => {
    const made: Socket[] = [];
    const bytes = Buffer.from(text);
    while (made.length < count) {
      made.push(...(await Promise.all(Array.from({ length: 100 }, () => client(protocol, bytes)))));
    }
    return made;
  };
  /** Once the edge rests. */
  const memory = async (): Promise<number> => {
    await rest(edge.child.pid);
    return privateBytes(edge.child.pid);
  };

  test.each(Object.entries(UNFINISHED))(
    "a thousand clients that leave %s unfinished cost little each",
    async (_name, { protocol, text }) => {
      // The first bring the runtime to its working size.
      await many(CONNECTIONS, protocol, text);
      const before = await memory();
      await many(3 * CONNECTIONS, protocol, text);
      // A garbage collector gives back in its own time.
      let each = Number.POSITIVE_INFINITY;
      for (const endMs = performance.now() + COLLECT_MS; each >= WORST_BYTES[runtime]; ) {
        each = ((await memory()) - before) / (3 * CONNECTIONS);
        if (performance.now() > endMs) break;
        for (const passing of await many(PASSING_CLIENTS, protocol, text)) passing.destroy();
      }
      expect(each).toBeLessThan(WORST_BYTES[runtime]);
    },
  );

  test("slow clients hold no more than all may hold together", async () => {
    const before = await memory();
    const slow = await many(SLOW_CLIENTS, "imap", "a LOGIN alice x\r\nb FETCH 1\r\n");
    for (const socket of slow) socket.pause();
    const peak = await peakUntilRest(edge.child.pid, privateBytes);
    expect(peak - before).toBeLessThan(RELAY_BYTES + SLOW_CLIENTS * SESSION_BYTES[runtime]);
  });
});
