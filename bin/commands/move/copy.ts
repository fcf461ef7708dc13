import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "../../failure.ts";

/** What is copied, for the environment of the command. */
export interface Copied {
  account: string;
  from: string;
  to: string;
}

/** Runs the command that copies the mailbox; ends it at the signal. Rejects with a Failure unless it exits with 0. */
export async function runCopy(command: string, copied: Copied, signal: AbortSignal): Promise<void> {
  const { account, from, to } = copied;
  const env = { ...process.env, MMP_ACCOUNT: account, MMP_FROM: from, MMP_TO: to };
  // Its output is the operator's; that of mmp itself may be JSON.
  const child = spawn("sh", ["-c", command], {
    env,
    stdio: ["ignore", process.stderr, process.stderr],
    detached: true,
  });
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  };
  signal.addEventListener("abort", end, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(`--copy cannot be run: ${error.message}`)));
    child.once("exit", resolve);
  });
  signal.removeEventListener("abort", end);
  signal.throwIfAborted();
  if (code !== 0) throw new Failure(`--copy exited with ${code ?? "a signal"}`);
}

/** Waits for a line from the operator. Rejects with the signal's reason. */
export async function waitForEnter(signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  try {
    await new Promise<void>((resolve, reject) => {
      lines.once("line", () => resolve());
      lines.once("close", () => reject(new Failure("the input has ended before the mailbox was copied")));
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  } finally {
    lines.close();
  }
}
