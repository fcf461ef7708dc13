import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { NO_TIMER } from "../../bin/run/quiet-collection.ts";
import { processTree } from "./proc.ts";
import { PROJECT } from "./workspace.ts";

const STOP_TIMEOUT_MS = 8_000;

/** The proxy has this core for itself; everything else runs on the other. */
export const PROXY_CPU = 1;
export const LOAD_CPU = 0;

export interface Child {
  name: string;
  pid: number;
  process: ChildProcess;
}

const running = new Set<Child>();
process.on("exit", () => {
  for (const child of running) child.process.kill("SIGTERM");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/**
 * Starts a command on one CPU with the file limit raised, and with the variable for Bun that edges are run with. Both
 * wrappers exec: the PID is the command's.
 */
export function startPinned(
  name: string,
  command: readonly string[],
  options: { cpu: number; fileLimit: number; stdio: StdioOptions },
): Child {
  const limit = `--nofile=${options.fileLimit}:${options.fileLimit}`;
  const pinned = [limit, "taskset", "--cpu-list", String(options.cpu), ...command];
  const started = spawn("prlimit", pinned, {
    cwd: PROJECT,
    env: { ...process.env, ...NO_TIMER },
    stdio: options.stdio,
  });
  if (started.pid === undefined) throw new Error(`${name} did not start`);
  const child = { name, pid: started.pid, process: started };
  running.add(child);
  started.once("exit", () => running.delete(child));
  return child;
}

/** Ends a child: asks first, then kills what is left of its tree. */
export async function stop(child: Child): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child.process, "exit");
  child.process.kill("SIGTERM");
  const timer = setTimeout(() => killTree(child), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

export function hasEnded(child: Child): boolean {
  return child.process.exitCode !== null || child.process.signalCode !== null;
}

function killTree(child: Child): void {
  for (const { pid } of processTree(child.pid)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended meanwhile
    }
  }
}
