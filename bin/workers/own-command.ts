import { readFileSync } from "node:fs";

/** The variable that makes a process of `mmp edge` a worker; its value is the worker's number. */
export const WORKER_VARIABLE = "MMP_WORKER";

/** The command that starts this program again, with the same runtime, flags and arguments. */
export function ownCommand(): { program: string; args: string[] } {
  return { program: process.execPath, args: argumentsAsGiven() ?? argumentsAsKnown() };
}

/** Only Linux shows them as they were given, and there is no other way to learn Deno's flags. */
function argumentsAsGiven(): string[] | undefined {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(1, -1);
  } catch {
    return undefined;
  }
}

/** Where a program that Bun compiled has its files; such a program needs no script. */
const COMPILED = /^(\/\$bunfs\/|[A-Z]:[/\\]~BUN)/;

function argumentsAsKnown(): string[] {
  const [, script = "", ...args] = process.argv;
  if (COMPILED.test(script)) return args;
  const flags = "Deno" in globalThis ? ["run", "--allow-all"] : process.execArgv;
  return [...flags, script, ...args];
}
