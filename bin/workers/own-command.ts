import { readFileSync } from "node:fs";

/** The variable that makes a process of `mmp edge` a worker; its value is the worker's number. */
export const WORKER_VARIABLE = "MMP_WORKER";

/** What starts this program again with the same runtime, flags and arguments. */
export function ownCommand(): { program: string; args: string[] } {
  return { program: process.execPath, args: argumentsAsGiven() ?? argumentsAsKnown() };
}

/** Linux alone tells them as they were given; Deno's flags are known from nowhere else. */
function argumentsAsGiven(): string[] | undefined {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(1, -1);
  } catch {
    return undefined;
  }
}

/** Where a program that Bun compiled keeps its files: it needs no script. */
const COMPILED = /^(\/\$bunfs\/|[A-Z]:[/\\]~BUN)/;

function argumentsAsKnown(): string[] {
  const [, script = "", ...args] = process.argv;
  if (COMPILED.test(script)) return args;
  const flags = "Deno" in globalThis ? ["run", "--allow-all"] : process.execArgv;
  return [...flags, script, ...args];
}
