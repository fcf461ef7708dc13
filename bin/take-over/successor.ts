import { spawn } from "node:child_process";
import type { TakeOverAnswer, TakeOverRequest } from "./messages.ts";

/** The variable that makes an edge share its first ports with the one that started it, and tell that one when it runs. */
const VARIABLE = "MMP_SUCCEEDS";
/** How long a successor may take to start, in milliseconds. */
const START_MS = 120_000;

/** An edge that another one has started to be replaced by it. */
export interface Succession {
  /** Tells the predecessor that it is no longer needed. */
  announce(): void;
}

/** In an edge that succeeds another: how to tell it. To be called once: what this process starts is no successor. */
export function succession(): Succession | undefined {
  const isSuccessor = process.env[VARIABLE] !== undefined && process.send !== undefined;
  delete process.env[VARIABLE];
  if (!isSuccessor) return undefined;
  return {
    announce() {
      process.send?.("running", () => {
        if (process.connected) process.disconnect();
      });
    },
  };
}

/** Starts an edge in place of this one, with its environment and its log; resolves when it runs, or has failed. */
export function startSuccessor({ program, args, cwd, config }: TakeOverRequest): Promise<TakeOverAnswer> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, MMP_CONFIG: config, [VARIABLE]: String(process.pid) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
  });
  return new Promise((resolve) => {
    const failed = (text: string): void => {
      clearTimeout(late);
      resolve({ is: "failed", text });
    };
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      failed(`it did not listen within ${START_MS / 1000} seconds`);
    }, START_MS);
    child.once("message", () => {
      clearTimeout(late);
      // It outlives this process.
      child.unref();
      resolve({ is: "running", pid: child.pid ?? 0, before: process.pid });
    });
    child.once("error", (error) => failed(error.message));
    child.once("exit", (code, signal) =>
      failed(`it ended with ${code ?? signal}; the log of the edge says why`),
    );
  });
}
