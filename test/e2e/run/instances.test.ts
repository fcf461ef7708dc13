import { once } from "node:events";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Child, run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import {
  type EdgeProcess,
  type Instances,
  type InstancesSite,
  imapSession,
  instancesSite,
  listeningOn,
  lives,
  servedBy,
  startEdge,
  USER,
} from "../../support/instances-site.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { eventually } from "../../support/wait.ts";
import { freePort, makeCertificate } from "../../support/workspace.ts";
import { examplesOf } from "../../unit/docs/examples.ts";

let site: InstancesSite;
/** Certificates by their name. */
const pairs = { one: { certFile: "", keyFile: "" }, two: { certFile: "", keyFile: "" } };
const running: Child[] = [];

beforeAll(async () => {
  site = await instancesSite();
  for (const name of ["one", "two"] as const) {
    mkdirSync(join(site.folder, name));
    pairs[name] = await makeCertificate(join(site.folder, name), [`${name}.test`]);
  }
});
afterEach(() => Promise.all(running.splice(0).map((child) => child.stop("SIGKILL"))));
afterAll(() => site?.remove());

const IMAP = { protocol: "imap" };
const POP3 = { protocol: "pop3" };

/** A TLS session with the first line of the server read. */
async function tlsClient(port: number): Promise<{ name: string; greeting: string; socket: TLSSocket }> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  const [greeting] = await once(socket, "data");
  return { name: String(socket.getPeerCertificate().subject.CN), greeting: String(greeting), socket };
}

/** Serves from this pair of files from now on. */
function install(name: keyof typeof pairs): { certFile: string; keyFile: string } {
  const live = { certFile: join(site.folder, "live.crt"), keyFile: join(site.folder, "live.key") };
  copyFileSync(pairs[name].certFile, live.certFile);
  copyFileSync(pairs[name].keyFile, live.keyFile);
  return live;
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("instances on %s", (runtime) => {
  async function edgeOf(instances: Instances, ...options: string[]): Promise<EdgeProcess> {
    const edge = await site.edge(RUNTIMES[runtime], await site.write("mmp.yaml", instances), ...options);
    running.push(edge.child);
    return edge;
  }
  const refused = async (instances: Instances, ...options: string[]): Promise<Child> => {
    const child = startEdge(RUNTIMES[runtime], await site.write("mmp.yaml", instances), ...options);
    running.push(child);
    return child;
  };

  test("runs several from one file, each with its own ports, TLS, protocols and limits", async () => {
    const tls = { certificates: [install("one")] };
    const edge = await edgeOf({
      imap: { listeners: [{ ...IMAP, tls: "starttls" }], tls, banner: "IMAP is here", workers: 2 },
      pop3s: { listeners: [{ ...POP3, tls: "implicit" }], tls, banner: "POP3 is here" },
      both: { listeners: [IMAP, POP3], limits: { badCommands: 1 }, workers: 1 },
    });
    expect(edge.listeners).toMatchObject([
      { instance: "imap", protocol: "imap", tls: "starttls" },
      { instance: "pop3s", protocol: "pop3", tls: "implicit" },
      { instance: "both", protocol: "imap", tls: "none" },
      { instance: "both", protocol: "pop3", tls: "none" },
    ]);
    const plain = connectTcp(edge.port("imap"), "127.0.0.1");
    expect(String(await once(plain, "data"))).toMatch(/STARTTLS.* IMAP is here/);
    plain.write("a STARTTLS\r\n");
    await once(plain, "data");
    const secure = connect({ socket: plain, rejectUnauthorized: false });
    secure.write(`b LOGIN ${USER} x\r\n`);
    expect(String(await once(secure, "data"))).toMatch(/^b OK/m);
    const { localPort = 0 } = plain;
    secure.destroy();
    expect(await edge.session(localPort)).toMatchObject({ instance: "imap", login: USER });

    const pop3 = await tlsClient(edge.port("pop3s"));
    expect(pop3.greeting).toContain("POP3 is here");
    pop3.socket.write(`USER ${USER}\r\nPASS x\r\nQUIT\r\n`);
    expect(await edge.session(pop3.socket.localPort ?? 0)).toMatchObject({ instance: "pop3s", login: USER });
    pop3.socket.destroy();

    const bad = await lineClient(edge.port("both", "imap"));
    bad.send("a NONSENSE\r\n");
    expect(await bad.closed()).toMatch(/BYE/);
    const good = await lineClient(edge.port("both", "pop3"));
    good.send(`USER ${USER}\r\nPASS x\r\nQUIT\r\n`);
    expect(await good.closed()).toMatch(/\+OK bye/);
    expect(edge.child.lines.filter((line) => line.includes('"listening"'))).toHaveLength(1);
  });

  test("runs the one that is asked for, whatever the others are like", async () => {
    const instances = { a: { listeners: [IMAP] }, b: { listeners: [POP3], spoofMessageFile: "none" } };
    const edge = await edgeOf(instances, "--instance", "a");
    expect(edge.listeners).toMatchObject([{ instance: "a" }]);
    const faulty = await refused(instances, "--instance", "b");
    expect(await faulty.exited).toBe(2);
    expect(faulty.lines.join("\n")).toMatch(/instances\.b\.spoofMessageFile: .*none does not exist/);
    const unknown = await refused(instances, "--instance", "c");
    expect(await unknown.exited).toBe(2);
    expect(unknown.lines).toEqual(["mmp: there is no instance c; the instances are: a, b"]);
  });

  test("has two workers share a port, and goes on when one is killed", async () => {
    const edge = await edgeOf({ main: { listeners: [IMAP], workers: 2 } });
    const port = edge.port("main");
    const pids = new Set<number>();
    while (pids.size < 2) pids.add(await servedBy(edge, port));
    const [victim = 0] = pids;

    // By chance all could be of one worker: once in a million runs.
    const sessions = await Promise.all(Array.from({ length: 20 }, () => imapSession(port)));
    let dead = 0;
    const alive = new Set(sessions);
    for (const client of sessions) {
      client.socket.on("close", () => {
        alive.delete(client);
        dead++;
      });
    }
    process.kill(victim, "SIGKILL");
    // Until it is gone, the kernel may still give it connections.
    expect(await edge.told("worker ended")).toMatchObject({
      workerPid: victim,
      signal: "SIGKILL",
      sessions: expect.any(Number),
    });
    for (let times = 0; times < 5; times++) expect(await servedBy(edge, port)).not.toBe(victim);
    const { workerPid } = await edge.told("worker started");
    while ((await servedBy(edge, port)) !== workerPid);
    for (const { socket } of sessions) socket.write("NOOP\r\n");
    for (const client of alive) await client.until(/NOOP\r\n/);
    expect(dead).toBeGreaterThan(0);
    expect(alive.size).toBeGreaterThan(0);
    expect(dead + alive.size).toBe(sessions.length);
    for (const { socket } of sessions) socket.destroy();
  });

  test("reloads its workers, changes their number, and drains them", async () => {
    const main = { listeners: [{ ...IMAP, port: await freePort() }], workers: 2 };
    const edge = await edgeOf({ main });
    const port = edge.port("main");
    const session = await imapSession(port);
    const reload = async (change: object): Promise<void> => {
      const from = edge.child.lines.length;
      await site.write("mmp.yaml", { main: { ...main, ...change } });
      process.kill(edge.child.pid, "SIGHUP");
      await edge.told("configuration reloaded", from);
    };
    await reload({ workers: 3, banner: "Three of us" });
    expect(listeningOn(port)).toBe(3);
    for (let times = 0; times < 5; times++) {
      const client = await lineClient(port);
      expect(await client.until(/\r\n/)).toContain("Three of us");
      client.socket.destroy();
    }
    session.send("NOOP\r\n");
    await session.until(/NOOP\r\n/);
    await reload({ workers: 1 });
    await eventually(() => (listeningOn(port) === 1 ? true : undefined), "one worker alone");
    const last = await imapSession(port);
    const ended = edge.child.stop("SIGTERM");
    expect(await last.closed()).toMatch(/^\* BYE .*\r\n$/);
    expect(await ended).toBe(0);
    expect(edge.child.lines.at(-1)).toContain('"stopped"');
    await expect(lineClient(port)).rejects.toThrow();
  });

  test("ends with its workers at the second signal", async () => {
    const edge = await edgeOf({ main: { listeners: [IMAP], workers: 2 } }, "--drain-seconds", "20");
    const pids = new Set<number>();
    while (pids.size < 2) pids.add(await servedBy(edge, edge.port("main")));
    const sessions = await Promise.all(Array.from({ length: 20 }, () => imapSession(edge.port("main"))));
    process.kill(edge.child.pid, "SIGTERM");
    await Promise.race(sessions.map((client) => client.closed()));
    process.kill(edge.child.pid, "SIGTERM");
    expect(await edge.child.exited).toBe(130);
    await eventually(() => ([...pids].some(lives) ? undefined : true), "the end of the workers");
    for (const { socket } of sessions) socket.destroy();
  });

  test("ends its workers in peace when their supervisor is killed", async () => {
    const edge = await edgeOf({ main: { listeners: [IMAP], workers: 2 } });
    const session = await imapSession(edge.port("main"));
    process.kill(edge.child.pid, "SIGKILL");
    expect(await session.closed()).toMatch(/^\* BYE .*\r\n$/);
  });

  test.each([1, 2])(
    "starts a sound instance beside broken ones, and those when they are put right, with %i workers",
    async (workers) => {
      const taken = createServer();
      await once(taken.listen(0, "127.0.0.1"), "listening");
      const { port } = taken.address() as { port: number };
      const notice = join(site.folder, "notice.eml");
      const instances = {
        sound: { listeners: [IMAP], workers },
        unreadable: { listeners: [POP3], spoofMessageFile: notice, workers },
        mistyped: { listeners: [{ ...POP3, prot: 1 }] },
        refused: { listeners: [{ ...IMAP, port }], workers },
      };
      const edge = await edgeOf(instances);
      expect(edge.listeners.map(({ instance }) => instance)).toEqual(["sound"]);
      const faults = edge.child.lines.flatMap((line) => {
        const { msg, instance, mistakes } = JSON.parse(line);
        return msg === "instance not started" ? [[instance, mistakes.join()]] : [];
      });
      expect(faults.sort()).toEqual([
        ["mistyped", expect.stringContaining("listeners[0].prot: is not a known field")],
        ["refused", `port ${port} on 127.0.0.1 is in use`],
        ["unreadable", expect.stringContaining("notice.eml does not exist")],
      ]);
      const { code, output } = await run("node", [
        "bin/mmp.ts",
        "check",
        "-c",
        join(site.folder, "mmp.yaml"),
      ]);
      expect(code).toBe(2);
      expect(output.split("\n").filter(Boolean)).toHaveLength(2);

      await new Promise((resolve) => taken.close(resolve));
      expect(await edge.told("instance started")).toMatchObject({ instance: "refused" });
      expect(await servedBy(edge, port)).toBeGreaterThan(0);
      writeFileSync(notice, "Subject: Later\n\nLater.\n");
      const { listeners } = await edge.told("configuration reloaded");
      expect((listeners as { instance: string }[]).map(({ instance }) => instance).sort()).toEqual([
        "refused",
        "sound",
        "unreadable",
      ]);
      rmSync(notice);
    },
  );

  test.each([1, 2])("ends where no instance can start, with %i workers", async (workers) => {
    const taken = createServer();
    await once(taken.listen(0, "127.0.0.1"), "listening");
    const { port } = taken.address() as { port: number };
    const child = await refused({ main: { listeners: [{ ...IMAP, port }], workers } });
    expect(await child.exited).toBe(1);
    expect(child.lines).toEqual([`mmp: main: port ${port} on 127.0.0.1 is in use`]);
    await new Promise((resolve) => taken.close(resolve));
  });

  test.each([1, 2])("serves a changed certificate without a signal, with %i workers", async (workers) => {
    const tls = { certificates: [install("one")] };
    const edge = await edgeOf({ main: { listeners: [{ ...IMAP, tls: "implicit" }], tls, workers } });
    const old = await tlsClient(edge.port("main"));
    expect(old.name).toBe("one.test");
    install("two");
    await edge.told("configuration reloaded");
    for (let times = 0; times < 4; times++) {
      const { name, socket } = await tlsClient(edge.port("main"));
      expect(name).toBe("two.test");
      socket.destroy();
    }
    old.socket.write("a NOOP\r\n");
    expect(String(await once(old.socket, "data"))).toContain("a OK");
    old.socket.destroy();
    writeFileSync(join(site.folder, "live.crt"), "no certificate");
    await edge.told("configuration not reloaded");
    expect((await tlsClient(edge.port("main"))).name).toBe("two.test");
  });
});

test("has a compiled program start itself as a worker", async () => {
  const program = join(site.folder, "mmp");
  await run("bun", ["build", "--compile", "bin/mmp.ts", "--outfile", program]);
  const config = await site.write("mmp.yaml", { main: { listeners: [IMAP], workers: 2 } });
  const edge = await site.edge([program], config);
  running.push(edge.child);
  const pids = new Set<number>();
  while (pids.size < 2) pids.add(await servedBy(edge, edge.port("main")));
  expect(pids).not.toContain(edge.child.pid);
  expect(await edge.child.stop()).toBe(0);
});

test("starts what docs/instances.md shows", async () => {
  const [text = ""] = examplesOf("instances.md").map((example) => example.text);
  const folder = join(site.folder, "page");
  mkdirSync(join(folder, "secrets"), { recursive: true });
  for (const name of ["secrets/edge-token", "secrets/store-admin"]) writeFileSync(join(folder, name), "x\n");
  writeFileSync(join(folder, "users.ldif"), "");
  copyFileSync(pairs.one.certFile, join(folder, "tls.crt"));
  copyFileSync(pairs.one.keyFile, join(folder, "tls.key"));
  // On ports that are free, and only here.
  const config = join(folder, "mmp.yaml");
  const places = /(protocol: \w+),(?: address: [\d.]+,)? port: \d+/g;
  const ports = await Promise.all([...text.matchAll(places)].map(() => freePort()));
  writeFileSync(
    config,
    text.replace(places, (_place, protocol) => `${protocol}, address: 127.0.0.1, port: ${ports.shift()}`),
  );
  for (const options of [[], ["--instance", "imap-tls"]]) {
    const edge = await site.edge(RUNTIMES.bun, config, ...options);
    running.push(edge.child);
    expect(edge.listeners.map(({ instance, protocol, tls }) => `${instance} ${protocol} ${tls}`)).toEqual(
      [
        "imap-tls imap implicit",
        "imap-tls pop3 implicit",
        "webmail imap none",
        "legacy-pop3 pop3 starttls",
      ].filter((line) => options.length === 0 || line.startsWith("imap-tls")),
    );
    expect(await edge.child.stop()).toBe(0);
    expect(edge.child.lines.some((line) => line.includes("not started"))).toBe(false);
  }
});
