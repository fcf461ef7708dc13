import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { eventually } from "../../support/wait.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";

const user = (name: string): string => `${name}@example.com`;

let good: ScriptedStore;
let silent: ScriptedStore;
let sulking: ScriptedStore;
let deadPort: number;
let folder: { path: string; remove(): void };

beforeAll(async () => {
  good = await scriptedStore(imapLogin());
  silent = await scriptedStore();
  // Greets, takes the login, and never answers it.
  sulking = await scriptedStore((socket) =>
    socket.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] x\r\n"),
  );
  deadPort = await freePort();
  folder = makeFolder("life");
  writeFileSync(join(folder.path, "notice.eml"), "Subject: Be patient\n\n.Your mail comes back.\n");
});
afterAll(async () => {
  await Promise.all([good, silent, sulking].map((store) => store?.close()));
  folder?.remove();
});

/** TCP connections that a filter of ss(8) fits, with their timers. */
const sockets = (filter: string): string =>
  execFileSync("ss", ["-tnoH", "state", "established", filter], { encoding: "utf8" });
const keepAliveTimer = (filter: string): boolean => /timer:\(keepalive,/.test(sockets(filter));

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a session's life on %s", (runtime) => {
  let edge: AllInOne;
  const started: AllInOne[] = [];
  const start = async (limits: object = {}): Promise<AllInOne> => {
    const at = (port: number) => ({
      address: "127.0.0.1",
      imap: { port, tls: "none" },
      pop3: { port, tls: "none" },
    });
    const one = await allInOne(runtime, {
      users: {
        [user("alice")]: ["good"],
        [user("second")]: ["silent", "sulking", "dead", "good"],
        [user("nowhere")]: ["dead"],
        [user("hung")]: ["sulking"],
      },
      stores: { good: at(good.port), silent: at(silent.port), sulking: at(sulking.port), dead: at(deadPort) },
      instance: {
        listeners: [{ protocol: "imap" }, { protocol: "pop3" }],
        spoofMessageFile: join(folder.path, "notice.eml"),
        limits: {
          bannerSeconds: 0.3,
          storeLoginSeconds: 0.3,
          imapIdleSeconds: 1.5,
          loginSeconds: 4,
          ...limits,
        },
      },
    });
    started.push(one);
    return one;
  };
  beforeAll(async () => {
    edge = await start();
  });
  afterAll(() => Promise.all(started.map((one) => one.stop())));
  let store: Socket | undefined;
  afterEach(() => store?.destroy());

  async function logIn(name: string, at = edge): Promise<{ client: LineClient; store: Socket }> {
    const client = await lineClient(at.ports[0] ?? 0);
    await client.until(/^\* OK .*\r\n/);
    client.send(`a LOGIN ${user(name)} x\r\n`);
    expect(await client.until(/^a .*\r\n/m)).toMatch(/^a OK \[CAPABILITY IMAP4rev1 IDLE\]/m);
    store = await good.accepted();
    return { client, store };
  }

  test("finds a hung store by its banner and its login, and goes on to the next host", async () => {
    const { client } = await logIn("second");
    client.socket.destroy();
    const line = await edge.session(({ login }) => login === user("second"));
    expect(line.failures).toMatchObject([
      { store: "silent", code: "store-timeout", progress: "connect" },
      { store: "sulking", code: "store-timeout", progress: "auth" },
      { store: "dead", code: "store-connect", progress: "connect" },
    ]);
    expect(line.store).toBe("good");
  });

  test("gives up on the last host with an alert", async () => {
    const client = await lineClient(edge.ports[0] ?? 0);
    await client.until(/^\* OK .*\r\n/);
    client.send(`a LOGIN ${user("hung")} x\r\n`);
    expect(await client.until(/^a .*\r\n/m)).toMatch(/^\* NO \[ALERT\] .*\r\na NO \[UNAVAILABLE\]/);
    client.socket.destroy();
  });

  test("shows a POP3 user the notice while the store is down", async () => {
    const client = await lineClient(edge.ports[1] ?? 0);
    await client.until(/^\+OK .*\r\n/);
    client.send(`USER ${user("nowhere")}\r\nPASS x\r\nRETR 1\r\nQUIT\r\n`);
    expect(await client.closed()).toMatch(
      /\r\nSubject: Be patient\r\n\r\n\.\.Your mail comes back\.\r\n\.\r\n\+OK/,
    );
  });

  test("gives a client that has said all it wants the rest of the answers", async () => {
    const { client, store: at } = await logIn("alice");
    const asked = new Promise((resolve) => at.once("end", resolve));
    client.socket.end("b FETCH 1\r\n");
    await asked;
    const body = "x".repeat(300_000);
    at.end(`* 1 FETCH (BODY[] {${body.length}}\r\n${body})\r\nb OK done\r\n`);
    expect((await client.closed()).endsWith(`${body})\r\nb OK done\r\n`)).toBe(true);
  });

  test("gives the store what a client sent after the store had said its last", async () => {
    const { client, store: at } = await logIn("alice");
    let got = "";
    at.on("data", (text) => {
      got += text;
    });
    const done = new Promise((resolve) => at.once("end", resolve));
    at.end("* BYE\r\n");
    await client.closed();
    client.socket.end();
    await done;
    expect(got).toBe("");
    expect(await edge.session(({ reason }) => reason === "store-closed")).toMatchObject({
      login: user("alice"),
    });
  });

  test("ends an idle session by its time-out", async () => {
    const { client } = await logIn("alice");
    await client.closed();
    expect(await edge.session(({ reason }) => reason === "idle-timeout")).toMatchObject({
      login: user("alice"),
    });
  });

  test("has TCP ask on both legs whether the other side is still there", async () => {
    const patient = await start({ keepAliveSeconds: 1, imapIdleSeconds: 60 });
    const { client, store: at } = await logIn("alice", patient);
    for (const end of [`sport = :${patient.ports[0]}`, `sport = :${at.remotePort}`]) {
      await eventually(
        () => (keepAliveTimer(end) ? true : undefined),
        `keep-alive on the socket with ${end}: ${sockets(end)}`,
      );
    }
    client.socket.destroy();
  });

  test("drains: BYE between two responses, a plain close inside one, nobody new", async () => {
    const draining = await start();
    const idle = await logIn("alice", draining);
    idle.store.write("+ idling\r\n* 2 EXISTS\r\n");
    await idle.client.until(/EXISTS\r\n/);
    const inside = await logIn("alice", draining);
    inside.store.write("* 1 FETCH (BODY[] {100}\r\nhalf of it\r\n");
    await inside.client.until(/half of it\r\n/);
    const before = await lineClient(draining.ports[0] ?? 0);
    await before.until(/^\* OK .*\r\n/);
    const ended = draining.child.stop("SIGTERM");
    expect(await idle.client.closed()).toMatch(/^\* BYE .*\r\n$/);
    expect(await inside.client.closed()).toBe("");
    expect(await before.closed()).toMatch(/^\* BYE .*\r\n$/);
    await expect(lineClient(draining.ports[0] ?? 0)).rejects.toThrow();
    expect(await ended).toBe(0);
    const reasons = draining.child.lines.flatMap((line) => /"reason":"([a-z-]+)"/.exec(line)?.[1] ?? []);
    expect(reasons).toEqual(["draining", "draining", "draining"]);
  });
});
