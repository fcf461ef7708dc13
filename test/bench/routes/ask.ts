import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { buildProgram, PROJECT } from "../workspace.ts";
import { BLOCK_ENTRIES } from "./many-entries.ts";

const Answers = z.object({ answered: z.number(), p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() });
export type Answers = z.infer<typeof Answers>;

/** What look-ups are sent to. */
export interface AskedServer {
  port: number;
  token: string;
}

/** For whole seconds; at an even rate a second, or without one as often as all links can. */
export interface Asking {
  seconds: number;
  ratePerSecond?: number;
}

/** Asks a server for random routes among `entries`, from a CPU; see native/ask/main.c. Rejects if an answer was no route. */
export type Ask = (server: AskedServer, asking: Asking) => Promise<Answers>;

/** Builds the load generator, which is in C so that its own pauses are not measured. */
export function asker(entries: number, links: number, cpu: number): Ask {
  const folder = join(PROJECT, "test/.cache/bench");
  mkdirSync(folder, { recursive: true });
  const program = buildProgram("ask", folder);
  return async ({ port, token }, { seconds, ratePerSecond }) => {
    const rate = ratePerSecond === undefined ? [] : [Math.round(ratePerSecond)];
    const words = [port, token, links, entries, BLOCK_ENTRIES, seconds, ...rate].map(String);
    const { stdout } = await promisify(execFile)("taskset", ["-c", `${cpu}`, program, ...words]);
    return Answers.parse(JSON.parse(stdout));
  };
}
