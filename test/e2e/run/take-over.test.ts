import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Child, run, start } from "../../support/child.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { logIn } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type RecordingStore, RIGHT, recordingStore } from "../../support/stores/recording-store.ts";
import { eventually } from "../../support/wait.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";

const USER = "user@example.com";
const UPGRADES = 10;
const LOGIN_INTERVAL_MS = 20;

/** Why the kernel resets connections that wait at a closing listener; undefined if it need not. */
function whyNoMigration(): string | undefined {
  const setting = "/proc/sys/net/ipv4/tcp_migrate_req";
  if (!existsSync(setting)) return "the kernel has no tcp_migrate_req";
  try {
    writeFileSync(setting, "1");
  } catch {
    if (readFileSync(setting, "utf8").trim() !== "1") return "tcp_migrate_req is off";
  }
  return undefined;
}

let store: RecordingStore;
let api: Server;
let apiUrl: string;
beforeAll(async () => {
  store = await recordingStore("store", "imap");
  const port = await freePort();
  api = createServer((_request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ account: USER, uuid: "u1", mailHost: ["store"], version: "1" }));
  });
  await new Promise<void>((resolve) => api.listen(port, "127.0.0.1", resolve));
  apiUrl = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await store?.close();
  api?.closeAllConnections();
  api?.close();
});

interface Upgraded {
  port: number;
  /** The edge that was started first. */
  first: Child;
  /** Replaces the running edge; resolves with what the command has printed, and its exit code. */
  takeOver(): Promise<{ code: number | string; output: string }>;
  configure(change: object): void;
  remove(): Promise<void>;
}

async function startUpgradable(runtime: RuntimeName, workers: number): Promise<Upgraded> {
  const folder = makeFolder("take-over");
  const config = join(folder.path, "mmp.yaml");
  const port = await freePort();
  writeFileSync(join(folder.path, "token"), "a-token\n");
  const configure = (change: object): void =>
    writeFileSync(
      config,
      stringify({
        routeApi: { url: apiUrl, tokenFile: "token" },
        stores: { store: { address: "127.0.0.1", imap: { port: store.port, tls: "none" } } },
        edge: { warmUpLogins: 0 },
        instances: {
          main: {
            listeners: [{ protocol: "imap", address: "127.0.0.1", port }],
            allowPlaintextLogin: true,
            workers,
            ...change,
          },
        },
      }),
    );
  configure({});
  const [program, ...args] = RUNTIMES[runtime];
  const options = ["edge", "--config", config, "--run-folder", join(folder.path, "run"), "--no-watch"];
  const command = [...args, ...options, "--drain-seconds", "300"];
  const first = start(program, command);
  await first.line((line) => line.includes('"msg":"listening"'));
  const running = new Set([first.pid]);
  return {
    port,
    first,
    configure,
    async takeOver() {
      const outcome = await run(program, [...command, "--take-over"]);
      for (const [, pid] of outcome.output.matchAll(/runs as process (\d+)/g)) running.add(Number(pid));
      return outcome;
    },
    async remove() {
      for (const pid of running) {
        for (const signal of ["SIGTERM", "SIGINT"] as const) {
          if (isAlive(pid)) process.kill(pid, signal);
        }
        await eventually(() => !isAlive(pid) || undefined, `the end of process ${pid}`);
      }
      folder.remove();
    },
  };
}

/** A process that has ended may wait for a parent that does not ask for it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function loggedIn(port: number): Promise<LineClient> {
  const client = await lineClient(port);
  await client.until(/^\* OK.*\r\n/);
  expect(await logIn(client, "imap", "PLAIN", USER, RIGHT)).toMatch(/^a OK/m);
  return client;
}

async function expectAlive(client: LineClient): Promise<void> {
  client.send("x WHO\r\n");
  expect(await client.until(/\* .* at .*\r\n/)).toContain(`${USER} at store`);
}

/** Logs in again and again, at an even pace, until it is stopped; counts, and tells what went wrong. */
function loginsAt(port: number): { stop(): Promise<{ done: number; lost: string[] }> } {
  const lost: string[] = [];
  const under: Promise<void>[] = [];
  let done = 0;
  const timer = setInterval(() => {
    const login = async (): Promise<void> => {
      const client = await loggedIn(port);
      await expectAlive(client);
      client.socket.destroy();
      done++;
    };
    under.push(login().catch((error: Error) => void lost.push(error.message)));
  }, LOGIN_INTERVAL_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
      return { done, lost };
    },
  };
}

const obstacle = whyNoMigration();
const KINDS: [RuntimeName, number][] = [
  ["bun", 1],
  ["bun", 2],
  ["node", 1],
  ["deno", 1],
];
describe.each(KINDS)("an edge on %s with workers: %i", (runtime, workers) => {
  let edge: Upgraded;
  beforeAll(async () => {
    edge = await startUpgradable(runtime, workers);
  });
  afterAll(() => edge?.remove());

  test("is not taken over by one that cannot run as it did", async () => {
    edge.configure({ listeners: [{ protocol: "imap", address: "192.0.2.1", port: edge.port }] });
    expect(await edge.takeOver()).toMatchObject({
      code: 1,
      output: expect.stringContaining("not taken over"),
    });
    edge.configure({});
    const client = await loggedIn(edge.port);
    await expectAlive(client);
    client.socket.destroy();
  });

  test.skipIf(obstacle !== undefined)(
    `is upgraded ten times under load without losing a login${obstacle ? `: ${obstacle}` : ""}`,
    { timeout: 240_000 },
    async () => {
      const before = await loggedIn(edge.port);
      const load = loginsAt(edge.port);
      for (let upgrade = 0; upgrade < UPGRADES; upgrade++) {
        await pause(LOGIN_INTERVAL_MS * 5);
        expect(await edge.takeOver()).toMatchObject({
          code: 0,
          output: expect.stringContaining("runs as process"),
        });
      }
      const { done, lost } = await load.stop();
      expect(lost).toEqual([]);
      expect(done).toBeGreaterThan(UPGRADES * 5);
      // Its edge has been replaced, and still serves it.
      await expectAlive(before);
      before.socket.destroy();
      await eventually(() => !isAlive(edge.first.pid) || undefined, "the end of the first edge");
    },
  );
});

test("there must be an edge to take over from", async () => {
  const folder = makeFolder("no-edge");
  const options = ["--config", join(folder.path, "mmp.yaml"), "--run-folder", folder.path];
  expect(await run("node", ["bin/mmp.ts", "edge", "--take-over", ...options])).toMatchObject({
    code: 1,
    output: expect.stringContaining("no edge to take over from"),
  });
  folder.remove();
});
