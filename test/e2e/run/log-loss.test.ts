import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { lineClient } from "../../support/clients/line-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { eventually, eventuallyAsync } from "../../support/wait.ts";
import { freePort, makeFolder, PROJECT } from "../../support/workspace.ts";

let folder: { path: string; remove(): void };
beforeAll(() => {
  folder = makeFolder("log-loss");
  writeFileSync(join(folder.path, "token"), "edge-token\n");
});
afterAll(() => folder?.remove());

let child: ChildProcess | undefined;
afterEach(() => void child?.kill("SIGKILL"));

/** A pipe that nobody reads, and that is full. */
function stalledPipe(): number {
  const path = join(folder.path, `pipe-${Math.random()}`);
  execFileSync("mkfifo", [path]);
  const filler = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(filler, Buffer.alloc(4096));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("EAGAIN");
  }
  // The other end stays open: by the descriptor that fills it.
  return openSync(path, constants.O_WRONLY);
}

/** Whether a process handles SIGHUP (signal 1), which it does once all of it is up. */
function handlesSighup(pid: number): boolean {
  const [, caught = "0"] = /SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

/** Whether an edge greets at the port: true, or undefined where nothing listens or the connection ends before. */
async function greeted(port: number): Promise<true | undefined> {
  try {
    const client = await lineClient(port);
    await client.until(/\* OK .*\r\n/);
    client.socket.destroy();
    return true;
  } catch {
    return undefined;
  }
}

const OUTPUTS = {
  "a full device": () => openSync("/dev/full", "w"),
  "a reader that has stopped": stalledPipe,
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("an edge on %s", (runtime) => {
  test.each(
    Object.keys(OUTPUTS).flatMap((output) =>
      // Deno handles SIGHUP as soon as it has a child: nothing says when several workers are up.
      (runtime === "deno" ? [1] : [1, 2]).map((workers) => [output, workers]),
    ) as [keyof typeof OUTPUTS, number][],
  )("whose log goes to %s serves clients, and ends when it must: %i workers", async (output, workers) => {
    const port = await freePort();
    const file = join(folder.path, `${runtime}.yaml`);
    writeFileSync(
      file,
      stringify({
        routeApi: { url: `http://127.0.0.1:${await freePort()}`, tokenFile: "token" },
        stores: { "*": { imap: { port: 143, tls: "none" }, allowClearText: true } },
        edge: { warmUpLogins: 0 },
        instances: {
          main: { workers, listeners: [{ protocol: "imap", address: "127.0.0.1", port }] },
        },
      }),
    );
    const [command, ...args] = RUNTIMES[runtime];
    const descriptor = OUTPUTS[output]();
    child = spawn(command, [...args, "edge", "--config", file, "--drain-seconds", "1"], {
      cwd: PROJECT,
      env: { ...process.env, PATH: `${PROJECT}/node_modules/.bin:${process.env.PATH}` },
      stdio: ["ignore", descriptor, "inherit"],
    });
    closeSync(descriptor);
    const ended = once(child, "exit");
    // No line of the log can say that the edge is up.
    const { pid = 0 } = child;
    await eventually(() => handlesSighup(pid) || undefined, "the edge is up");
    // Deno handles SIGHUP as soon as it handles any signal; and an edge also listens for a moment to claim its port.
    await eventuallyAsync(() => greeted(port), "a greeting");
    for (let index = 0; index < 50; index++) {
      const client = await lineClient(port);
      await client.until(/\* OK .*\r\n/);
      client.send("a LOGOUT\r\n");
      await client.until(/a OK/);
    }
    child.kill("SIGTERM");
    const [code, signal] = await ended;
    // A write that a stalled reader holds up is not waited for.
    expect(output === "a full device" ? [0] : [0, "SIGKILL"]).toContain(code ?? signal);
  });
});
