import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, type AllInOneOptions, allInOne } from "../../support/all-in-one.ts";
import { run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { startHaproxy } from "../../support/haproxy.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const ALICE = "alice@example.com";
const LISTENERS = ["imaps", "sni", "proxiedImaps", "proxiedImap", "imap"] as const;

let store: ScriptedStore;
let folder: { path: string; remove(): void };
const certificates: Record<string, Awaited<ReturnType<typeof makeCertificate>>> = {};

beforeAll(async () => {
  store = await scriptedStore(
    imapLogin((socket, text) => {
      for (const [, tag, name] of text.matchAll(/^(\S+) (\S+)\r\n/gm)) {
        socket.write(`${tag} OK ${name} done\r\n`);
        if (name === "LOGOUT") socket.end();
      }
    }),
  );
  folder = makeFolder("front-leg");
  for (const name of ["localhost", "a.test", "b.test"]) {
    const work = makeFolder("certificate");
    certificates[name] = await makeCertificate(work.path, [name, `*.${name}`]);
  }
});
afterAll(async () => {
  await store?.close();
  folder?.remove();
});

const pair = (name: string): { certFile: string; keyFile: string } => {
  const files = certificates[name];
  if (files === undefined) throw new Error(name);
  return { certFile: files.certFile, keyFile: files.keyFile };
};

/** A stream over the socket whose first bytes leave together with `preface`, in one segment. */
function oneSegment(raw: Socket, preface: string): Duplex {
  let first = Buffer.from(preface);
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      raw.write(Buffer.concat([first, bytes]), () => done());
      first = Buffer.alloc(0);
    },
    final: (done) => void raw.end(done),
    destroy(error, done) {
      raw.destroy();
      done(error);
    },
  });
  raw.on("data", (bytes) => stream.push(bytes));
  raw.on("end", () => stream.push(null));
  raw.on("close", () => stream.destroy());
  return stream;
}

/** Why TLS fails, as the libraries of the runtimes call it. */
const FAULTS = {
  protocol: /^no application protocol$|known protocol$/,
  version: /^unsupported protocol$|peer is incompatible/,
  clear: /^wrong version number$|corrupt message/,
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the client's leg on %s", (runtime) => {
  let edge: AllInOne;
  let options: AllInOneOptions;
  const port = (name: (typeof LISTENERS)[number]): number => edge.ports[LISTENERS.indexOf(name)] ?? 0;
  /** Files that the test replaces while the edge runs. */
  const live = { certFile: "", keyFile: "" };

  const install = (name: string): void => {
    copyFileSync(pair(name).certFile, live.certFile);
    copyFileSync(pair(name).keyFile, live.keyFile);
  };

  beforeAll(async () => {
    live.certFile = join(folder.path, `${runtime}.crt`);
    live.keyFile = join(folder.path, `${runtime}.key`);
    install("localhost");
    const proxied = { proxyProtocol: "any", trustedProxies: ["127.0.0.0/8"] };
    options = {
      users: { [ALICE]: ["store"] },
      stores: { store: { address: "127.0.0.1", imap: { port: store.port, tls: "none" } } },
      instance: {
        listeners: [
          { protocol: "imap", tls: "implicit" },
          { protocol: "imap", tls: "implicit" },
          { protocol: "imap", tls: "implicit", ...proxied },
          { protocol: "imap", tls: "starttls", ...proxied },
          { protocol: "imap", tls: "starttls" },
        ],
        tls: { certificates: [live] },
        limits: { proxyHeaderSeconds: 0.5 },
      },
    };
    edge = await allInOne(runtime, options);
  });
  afterAll(() => edge?.stop());

  /** A TLS session up to the greeting; rejects with the error that ends it before. */
  const tlsClient = (
    to: number,
    settings: { servername?: string; alpn?: string[]; preface?: string } = {},
  ): Promise<{ socket: TLSSocket; greeting: string }> =>
    new Promise((resolve, reject) => {
      const raw = connect(to, "127.0.0.1");
      raw.on("error", reject);
      const socket = connectTls({
        socket: oneSegment(raw, settings.preface ?? ""),
        rejectUnauthorized: false,
        ...(settings.servername === undefined ? {} : { servername: settings.servername }),
        ...(settings.alpn === undefined ? {} : { ALPNProtocols: settings.alpn }),
      });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("closed")));
      socket.once("data", (bytes: Buffer) => resolve({ socket, greeting: bytes.toString() }));
    });

  const commonName = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);
  const answer = (socket: TLSSocket, command: string): Promise<string> =>
    new Promise((resolve) => {
      socket.once("data", (bytes: Buffer) => resolve(bytes.toString()));
      socket.write(command);
    });

  test("takes clients that ask for imap by ALPN or for nothing, and refuses the others", async () => {
    const imap = await tlsClient(port("imaps"), { alpn: ["imap"] });
    expect([imap.greeting, imap.socket.alpnProtocol]).toEqual([expect.stringMatching(/^\* OK/), "imap"]);
    imap.socket.destroy();
    await expect(tlsClient(port("imaps"), { alpn: ["http/1.1"] })).rejects.toThrow();
    const line = await edge.session(({ reason }) => reason === "tls-failed");
    expect(line).toMatchObject({ protocol: "imap", tlsFault: expect.stringMatching(FAULTS.protocol) });
  });

  test("refuses TLS 1.1", async () => {
    const { output } = await run("sh", [
      "-c",
      `openssl s_client -connect 127.0.0.1:${port("imaps")} -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null`,
    ]);
    expect(output).toMatch(/alert|no peer certificate/i);
    await edge.session(({ tlsFault }) => FAULTS.version.test(String(tlsFault)));
  });

  test("has no line for a probe that says nothing, and one for a client that speaks no TLS", async () => {
    for (const listener of ["imaps", "imap"] as const) {
      const probe = connect(port(listener), "127.0.0.1");
      await once(probe, "connect");
      const from = `127.0.0.1:${probe.localPort}`;
      probe.destroy();
      const plain = connect(port("imaps"), "127.0.0.1").on("error", () => {});
      plain.write("a LOGIN alice secret\r\n");
      await edge.session(({ tlsFault }) => FAULTS.clear.test(String(tlsFault)));
      expect(edge.child.lines.filter((text) => text.includes(from))).toEqual([]);
    }
  });

  test("serves clients behind HAProxy by PROXY v1 and v2, with their own address", async () => {
    const haproxy = await startHaproxy([
      { toPort: port("proxiedImaps"), server: "send-proxy-v2 ssl verify none" },
      { toPort: port("proxiedImaps"), server: "send-proxy ssl verify none" },
      { toPort: port("proxiedImap"), server: "send-proxy-v2 proxy-v2-options crc32c,unique-id" },
      { toPort: port("proxiedImap"), server: "send-proxy" },
    ]);
    for (const through of haproxy.ports) {
      const client = await lineClient(through);
      await client.until(/^\* OK .*\r\n/);
      const from = `127.0.0.1:${client.socket.localPort}`;
      client.send(`a LOGIN ${ALICE} x\r\nb LOGOUT\r\n`);
      expect(await client.closed()).toMatch(/^a OK/m);
      expect(await edge.session(({ client: address }) => address === from)).toMatchObject({ account: ALICE });
    }
    await haproxy.remove();
  });

  test("reads header and ClientHello of one segment, and cut at every byte", async () => {
    const header = "PROXY TCP4 192.0.2.9 192.0.2.1 4711 993\r\n";
    const { socket, greeting } = await tlsClient(port("proxiedImaps"), { preface: header });
    expect(greeting).toMatch(/^\* OK/);
    socket.write(`a LOGIN ${ALICE} x\r\nb LOGOUT\r\n`);
    expect(await edge.session(({ client }) => client === "192.0.2.9:4711")).toMatchObject({ account: ALICE });
    const client = await lineClient(port("proxiedImap"));
    client.socket.setNoDelay(true);
    for (const byte of "PROXY TCP6 2001:db8::9 2001:db8::1 4712 143\r\na LOGIN ") {
      client.send(byte);
      await new Promise(setImmediate);
    }
    client.send(`${ALICE} x\r\nb LOGOUT\r\n`);
    expect(await client.closed()).toMatch(/^a OK/m);
    expect(await edge.session((line) => line.client === "[2001:db8::9]:4712")).toMatchObject({
      account: ALICE,
    });
  });

  test("closes on whoever sends no header, a wrong one, or nothing", async () => {
    for (const [text, detail] of [
      ["a LOGIN x y\r\n", "no PROXY header"],
      ["PROXY TCP4 1.2.3.4\r\n", "invalid fields"],
      ["", "no PROXY header in 0.5 s"],
    ] as const) {
      const client = await lineClient(port("proxiedImap"));
      client.send(text);
      expect(await client.closed()).toBe("");
      const line = await edge.session(({ failures }) => JSON.stringify(failures ?? "").includes(detail));
      expect(line).toMatchObject({ reason: "proxy-header" });
    }
  });

  test("changes certificates and settings by SIGHUP, and no session is lost", async () => {
    const old = await tlsClient(port("imaps"));
    expect(await answer(old.socket, `a LOGIN ${ALICE} x\r\n`)).toContain("a OK");
    expect(commonName(old.socket)).toBe("localhost");
    install("a.test");
    await edge.reload({ instance: { ...options.instance, banner: "Changed" } });
    for (const name of ["imaps", "proxiedImaps"] as const) {
      const preface = name === "imaps" ? {} : { preface: "PROXY UNKNOWN\r\n" };
      const fresh = await tlsClient(port(name), preface);
      expect([commonName(fresh.socket), fresh.greeting]).toEqual([
        "a.test",
        expect.stringContaining("Changed"),
      ]);
      fresh.socket.destroy();
    }
    expect(await answer(old.socket, "b NOOP\r\n")).toContain("b OK");
    old.socket.destroy();
  });

  test("leaves the old in force where the new does not check", async () => {
    await edge.reload({
      instance: {
        ...options.instance,
        banner: "Wrong",
        tls: { certificates: [{ ...live, keyFile: pair("b.test").keyFile }] },
      },
    });
    expect(edge.child.lines.findLast((line) => line.includes("reloaded"))).toContain(
      "does not match the certificate in",
    );
    const client = await tlsClient(port("imaps"));
    expect(client.greeting).toContain("Changed");
    client.socket.destroy();
  });

  test("picks a certificate by SNI where there are several", async () => {
    await edge.reload({
      instance: {
        ...options.instance,
        tls: { certificates: [pair("localhost"), pair("a.test"), pair("b.test")] },
      },
    });
    for (const [servername, expected] of [
      ["a.test", "a.test"],
      ["B.test", "b.test"],
      ["imap.b.test", "b.test"],
      ["other.example", "localhost"],
      [undefined, "localhost"],
    ] as const) {
      const client = await tlsClient(port("sni"), servername === undefined ? {} : { servername });
      expect([servername, commonName(client.socket)]).toEqual([servername, expected]);
      expect(await answer(client.socket, `a LOGIN ${ALICE} x\r\n`)).toContain("a OK");
      client.socket.destroy();
    }
    await expect(tlsClient(port("sni"), { alpn: ["h2"] })).rejects.toThrow();
  });
});
