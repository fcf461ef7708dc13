import { spawn } from "node:child_process";
import { PROJECT } from "../support/workspace.ts";
import type { Machine } from "./namespaces.ts";

/** Something that a program of the twin said: a JSON object a line. */
export type Said = Record<string, unknown>;

export interface JsonProcess {
  /** Everything that it said so far. */
  said: Said[];
  /** Resolves with the first object from index `from` on that fits; rejects when it ends before, or after a while. */
  hear(what: string, fits: (said: Said) => boolean, from?: number): Promise<Said>;
  tell(message: object): void;
  /** Resolves with exit code or signal. */
  exited: Promise<number | string>;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void;
}

/** Longest wait for anything that is said, in milliseconds. */
const HEAR_MS = 30_000;

/** Starts a program on a machine of the twin. */
export function startOn(machine: Machine, program: string, args: readonly string[]): JsonProcess {
  const child = spawn(...machine.command(program, args), {
    cwd: PROJECT,
    env: { ...process.env, PATH: `${PROJECT}/node_modules/.bin:${process.env.PATH}`, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said: Said[] = [];
  const noise: string[] = [];
  const listeners = new Set<() => void>();
  let ended: number | string | undefined;
  const wake = (): void => {
    for (const listener of [...listeners]) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines)
        if (line.startsWith("{")) said.push(JSON.parse(line) as Said);
        else noise.push(line);
      wake();
    });
  }
  // It may have ended while it is told something.
  child.stdin.on("error", () => {});
  const exited = new Promise<number | string>((resolve) => {
    const end = (how: number | string): void => {
      ended = how;
      resolve(how);
      wake();
    };
    child.on("close", (code, signal) => end(code ?? signal ?? "unknown"));
    child.on("error", (error) => end(error.message));
  });

  return {
    said,
    exited,
    tell: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    hear(what, fits, from = 0) {
      const { promise, resolve, reject } = Promise.withResolvers<Said>();
      let seen = from;
      const fail = (why: string): void =>
        reject(new Error(`${args.join(" ")} never said ${what}: ${why}\n${noise.slice(-20).join("\n")}`));
      const look = (): void => {
        for (; seen < said.length; seen++) {
          const one = said[seen];
          if (one !== undefined && fits(one)) return resolve(one);
        }
        if (ended !== undefined) fail(`it ended with ${ended}`);
      };
      const timer = setTimeout(() => fail(`not in ${HEAR_MS} ms`), HEAR_MS);
      listeners.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        listeners.delete(look);
      });
    },
    signal: (signal) => void child.kill(signal),
    stop(signal = "SIGTERM") {
      if (ended === undefined) child.kill(signal);
      return exited;
    },
  };
}

/** The other side: what a program of the twin says, and what it is told. Ends the program when its parent is gone. */
export function speak<Message>(onMessage: (message: Message) => void): (said: object) => void {
  let rest = "";
  process.stdin.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onMessage(JSON.parse(line) as Message);
  });
  process.stdin.on("end", () => process.exit(0));
  return (said) => void process.stdout.write(`${JSON.stringify(said)}\n`);
}
