import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer, type Server, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, type AllInOneOptions, allInOne } from "../../support/all-in-one.ts";
import { run } from "../../support/child.ts";
import { tlsClient } from "../../support/clients/tls-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin } from "../../support/stores/scripted-store.ts";
import { makeFolder } from "../../support/workspace.ts";

/** With any key: forward secrecy and AEAD. */
const WITH = (key: "RSA" | "ECDSA"): string[] =>
  [
    `ECDHE-${key}-AES128-GCM-SHA256`,
    `ECDHE-${key}-AES256-GCM-SHA384`,
    `ECDHE-${key}-CHACHA20-POLY1305`,
  ].sort();
const CBC = "ECDHE-RSA-AES128-SHA";
/** Stores by what they speak, and how they are configured. */
const STORES: Record<string, { server: TlsOptions; settings: object; accepted: boolean }> = {
  "tls-1.2": { server: {}, settings: {}, accepted: true },
  "tls-1.2-where-1.3-is-demanded": { server: {}, settings: { minimumVersion: "TLSv1.3" }, accepted: false },
  "cbc-only": { server: { ciphers: CBC }, settings: {}, accepted: false },
  "cbc-only-where-allowed": { server: { ciphers: CBC }, settings: { ciphers: CBC }, accepted: true },
  "without-forward-secrecy": { server: { ciphers: "AES128-GCM-SHA256" }, settings: {}, accepted: false },
};
const NO_STORE = { accepted: false, settings: {} };
const LISTENERS = [
  { protocol: "imap", tls: "implicit" },
  { protocol: "imap", tls: "starttls" },
  { protocol: "imap", tls: "implicit", proxyProtocol: "none" },
] as const;

const servers: Server[] = [];
const stores: Record<string, object> = {};
let folder: { path: string; remove(): void };
const pairs: Record<"RSA" | "ECDSA", { certFile: string; keyFile: string }> = {
  RSA: { certFile: "", keyFile: "" },
  ECDSA: { certFile: "", keyFile: "" },
};
beforeAll(async () => {
  folder = makeFolder("tls-policy");
  for (const [name, newKey] of [
    ["RSA", ["rsa:2048"]],
    ["ECDSA", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]],
  ] as const) {
    const [certFile, keyFile] = [join(folder.path, `${name}.crt`), join(folder.path, `${name}.key`)];
    const subject = ["-subj", `/CN=${name.toLowerCase()}.test`, "-days", "10"];
    const files = ["-keyout", keyFile, "-out", certFile];
    execFileSync("openssl", ["req", "-x509", "-nodes", "-newkey", ...newKey, ...subject, ...files], {
      stdio: "ignore",
    });
    pairs[name] = { certFile, keyFile };
  }
  const { certFile, keyFile } = pairs.RSA;
  const files = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  for (const [name, { server, settings }] of Object.entries(STORES)) {
    const listening = createServer({ ...files, maxVersion: "TLSv1.2", ...server }, imapLogin());
    listening.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as AddressInfo;
    const imap = { port, tls: "implicit" };
    stores[name] = { address: "127.0.0.1", imap, verifyCertificate: false, ...settings };
    servers.push(listening);
  }
});
afterAll(() => {
  for (const server of servers) server.close();
  folder?.remove();
});

/** All suites of TLS 1.2 that openssl knows, the weakest too. */
const ALL = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";

/** The suites of TLS 1.2 that a server takes: it is offered all, then all but the one it took, until it takes none. */
async function accepted(port: number, serverName: string, ...more: string[]): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const offer = [ALL, ...taken.map((suite) => `!${suite}`)].join(":");
    const place = ["-connect", `127.0.0.1:${port}`, "-servername", serverName, ...more];
    const { output } = await run("openssl", ["s_client", ...place, "-tls1_2", "-cipher", offer]);
    const suite = /^New, \S+ Cipher is (\S+)$/m.exec(output)?.[1] ?? "(NONE)";
    if (suite === "(NONE)") return taken.sort();
    taken.push(suite);
  }
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("TLS in front on %s", (runtime) => {
  let edge: AllInOne;
  let options: AllInOneOptions;
  const withTls = (tls: object): AllInOneOptions => ({
    ...options,
    instance: { ...options.instance, tls },
  });
  beforeAll(async () => {
    options = {
      users: Object.fromEntries(Object.keys(STORES).map((name) => [`${name}@example.com`, [name]])),
      stores,
      instance: { listeners: [...LISTENERS], tls: { certificates: [pairs.RSA] } },
    };
    edge = await allInOne(runtime, options);
  });
  afterAll(() => edge?.stop());

  test("has forward secrecy and AEAD with every suite, whatever the key and way in", async () => {
    expect(await accepted(edge.ports[0] ?? 0, "rsa.test")).toEqual(WITH("RSA"));
    expect(await accepted(edge.ports[1] ?? 0, "rsa.test", "-starttls", "imap")).toEqual(WITH("RSA"));
    await edge.reload(withTls({ certificates: [pairs.RSA, pairs.ECDSA] }));
    expect(await accepted(edge.ports[0] ?? 0, "rsa.test")).toEqual(WITH("RSA"));
    expect(await accepted(edge.ports[0] ?? 0, "ecdsa.test")).toEqual(WITH("ECDSA"));
    await edge.reload(options);
  });

  test("does not renegotiate", async () => {
    for (const [index, startTls] of [
      [0, false],
      [1, true],
    ] as const) {
      const client = await tlsClient({
        protocol: "imap",
        port: edge.ports[index] ?? 0,
        startTls,
        version: "TLSv1.2",
      });
      const error = await new Promise<Error | null>((resolve) => {
        client.socket.once("error", resolve);
        client.socket.once("close", () => resolve(new Error("closed")));
        client.socket.renegotiate({ rejectUnauthorized: false }, resolve);
      });
      expect(error).toBeInstanceOf(Error);
      client.close();
    }
  });

  test("keeps its listener where a reload changes nothing of it", async () => {
    const listeners = async (): Promise<string[]> => {
      const { output } = await run("ss", ["-tlneH", `sport = :${edge.ports[0]}`]);
      return [...output.matchAll(/ino:(\d+)/g)].map(([, inode = ""]) => inode);
    };
    const before = await listeners();
    await edge.reload(options);
    expect(before).toHaveLength(1);
    expect(await listeners()).toEqual(before);
  });

  test("permits no early data in the sessions that it lets clients resume", async () => {
    const client = `openssl s_client -connect 127.0.0.1:${edge.ports[0]} -tls1_3 -ign_eof`;
    const { output } = await run("sh", ["-c", `printf 'a LOGOUT\\r\\n' | ${client}`]);
    const permitted = [...output.matchAll(/Max Early Data: (\d+)/g)].map(([, octets]) => Number(octets));
    expect(Math.max(...permitted)).toBe(0);
  });

  test("speaks only what the settings say", async () => {
    const { certificates } = { certificates: [pairs.RSA] };
    await edge.reload(withTls({ certificates, minimumVersion: "TLSv1.3" }));
    expect(await accepted(edge.ports[0] ?? 0, "rsa.test")).toEqual([]);
    const client = await tlsClient({ protocol: "imap", port: edge.ports[0] ?? 0, version: "TLSv1.3" });
    expect(client.socket.getProtocol()).toBe("TLSv1.3");
    client.close();
    if (runtime === "deno") return;
    await edge.reload(withTls({ certificates, ciphers: "ECDHE-RSA-AES256-GCM-SHA384" }));
    expect(await accepted(edge.ports[0] ?? 0, "rsa.test")).toEqual(["ECDHE-RSA-AES256-GCM-SHA384"]);
    await edge.reload(withTls({ certificates, ciphers: "NO-SUCH-SUITE" }));
    expect(edge.child.lines.findLast((line) => line.includes("reloaded"))).toMatch(
      /tls\.ciphers: NO-SUCH-SUITE names no cipher suite/,
    );
    await edge.reload(options);
  });

  test.each(Object.keys(STORES))("%s: the rules for clients are those for stores", async (name) => {
    const { accepted: isAccepted, settings } = STORES[name] ?? NO_STORE;
    // Deno has no such suites.
    if (runtime === "deno" && "ciphers" in settings) return;
    const user = `${name}@example.com`;
    const client = await tlsClient({ protocol: "imap", port: edge.ports[0] ?? 0 });
    expect(await client.ask(`a LOGIN ${user} x\r\n`)).toMatch(
      isAccepted ? /^a OK/m : /^a NO \[UNAVAILABLE\]/m,
    );
    client.close();
    const line = await edge.session(({ login }) => login === user);
    expect(line.store).toBe(name);
    if (!isAccepted) expect(line.failures).toMatchObject([{ code: "store-tls", progress: "tls" }]);
  });
});
