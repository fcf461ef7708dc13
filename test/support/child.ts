import { type ChildProcess, spawn } from "node:child_process";
import { logLineFault } from "../../bin/run/log-lines.ts";
import { PROJECT } from "./workspace.ts";

/** A program that a test started. */
export interface Child {
  pid: number;
  /** Resolves with the first line of its output that `matches`; rejects when it ends before. */
  line(matches: (line: string) => boolean): Promise<string>;
  /** All lines so far, of both outputs. */
  lines: string[];
  /** Resolves with exit code or signal. */
  exited: Promise<number | string>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Every line of a log must be as docs/log.schema.json says; an uncaught error fails the run, whatever the test looks at. */
function checkLogLine(line: string): void {
  if (!/^\{"level":\d+,"time":\d+,.*\}$/.test(line)) return;
  const fault = logLineFault(line);
  if (fault !== undefined)
    throw new Error(`not a line of the log as bin/run/log-lines.ts describes it: ${line}\n${fault}`);
}

/** Starts a program with the project's own tools in its PATH, and with `more` in its environment. */
export function start(
  command: string,
  args: string[],
  cwd = PROJECT,
  more: Record<string, string> = {},
): Child {
  const child: ChildProcess = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: `${PROJECT}/node_modules/.bin:${process.env.PATH}`, NO_COLOR: "1", ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of [...waiters]) waiter();
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      wake();
      for (const line of parts) checkLogLine(line);
    });
  }
  let ended: number | string | undefined;
  const exited = new Promise<number | string>((resolve) => {
    const end = (result: number | string): void => {
      ended = result;
      resolve(result);
      wake();
    };
    child.on("close", (code, signal) => end(code ?? signal ?? "unknown"));
    child.on("error", (error) => end(error.message));
  });
  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    line: (matches) =>
      new Promise((resolve, reject) => {
        let seen = 0;
        const look = (): void => {
          for (; seen < lines.length; seen++) {
            const line = lines[seen] ?? "";
            if (!matches(line)) continue;
            waiters.delete(look);
            return resolve(line);
          }
          if (ended === undefined) return;
          waiters.delete(look);
          reject(new Error(`${command} ended with ${ended}:\n${lines.join("\n")}`));
        };
        waiters.add(look);
        look();
      }),
    stop(signal = "SIGTERM") {
      if (ended === undefined) child.kill(signal);
      return exited;
    },
  };
}

/** Runs a program to its end; rejects when it fails, unless `check` is false. */
export async function run(
  command: string,
  args: string[],
): Promise<{ code: number | string; output: string }> {
  const child = start(command, args);
  const code = await child.exited;
  return { code, output: child.lines.join("\n") };
}
