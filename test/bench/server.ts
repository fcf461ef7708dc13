import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, hasEnded, startPinned, stop } from "./child.ts";
import type { Workspace } from "./workspace.ts";

const LISTEN_TIMEOUT_MS = 15_000;
const LISTEN_POLL_MS = 50;

/** A server to start: its command runs in the foreground and listens on these ports of 127.0.0.1. */
export interface ServerCommand {
  name: string;
  command: readonly string[];
  cpu: number;
  ports: readonly number[];
}

/**
 * Starts a server, with its output in NAME.log. Resolves when it listens, which it looks at every `pollMs`; throws, and
 * has ended it, when it does not.
 */
export async function startServer(
  workspace: Workspace,
  server: ServerCommand,
  pollMs = LISTEN_POLL_MS,
): Promise<Child> {
  const { name, command, cpu, ports } = server;
  // Another's figures would be taken for the proxy's.
  for (const port of ports)
    if (await isListening(port)) throw new Error(`port ${port} of 127.0.0.1 is in use`);
  const logFile = join(workspace.directory, `${name}.log`);
  const log = openSync(logFile, "w");
  const child = startPinned(name, command, {
    cpu,
    fileLimit: workspace.fileLimit,
    stdio: ["ignore", log, log],
  });
  closeSync(log); // the child has its own
  try {
    for (const port of ports) await waitForPort(child, port, pollMs);
    return child;
  } catch (error) {
    await stop(child);
    const lastLine = readFileSync(logFile, "utf8").trimEnd().split("\n").at(-1);
    throw new Error(`${lastLine || "its log is empty"} (${logFile})`, { cause: error });
  }
}

async function waitForPort(child: Child, port: number, pollMs: number): Promise<void> {
  const deadline = Date.now() + LISTEN_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (hasEnded(child)) throw new Error(`${child.name} ended before it listened on port ${port}`);
    if (Date.now() > deadline) throw new Error(`${child.name} does not listen on port ${port}`);
    await delay(pollMs);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
