import { readFileSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { privateBytes } from "../support/process-memory.ts";
import type { SiteEdge } from "../support/support-site.ts";
import { heapFile } from "./heap-file.ts";

/** What an edge has: memory in bytes, of it the JavaScript heap's, open descriptors, and entries by what they are. */
export interface Measured {
  memory: number;
  heap: number;
  descriptors: number;
  entries: Record<string, number>;
}

/** Looks, of which the least memory counts: what waits to be collected, or to be given back, is no leak. */
const LOOKS = 10;
const LOOK_MS = 1000;

export async function measure(edge: SiteEdge): Promise<Measured> {
  const { pid } = edge.child;
  let memory = Number.POSITIVE_INFINITY;
  let heap = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS; look++) {
    process.kill(pid, "SIGUSR2");
    await pause(LOOK_MS);
    memory = Math.min(memory, privateBytes(pid));
    heap = Math.min(heap, Number(readFileSync(heapFile(pid), "utf8")));
  }
  rmSync(heapFile(pid));
  const samples = await edge.metrics();
  return { memory, heap, descriptors: samples.mmp_edge_open_files ?? 0, entries: entriesIn(samples) };
}

/** What is gone once no session is left, and failures have faded. */
const PASSING = ["sessions", "clients", "users", "failures", "stores"];

/** Waits until an edge has no session, and nothing of what passes is left; rejects where that takes too long. */
export async function atRest(edge: SiteEdge, limitSeconds: number): Promise<void> {
  for (let second = 0; second < limitSeconds; second++) {
    const entries = entriesIn(await edge.metrics());
    if (PASSING.every((of) => entries[of] === 0)) return;
    await pause(LOOK_MS);
  }
  throw new Error(`the edge is not at rest after ${limitSeconds} seconds`);
}

const entriesIn = (samples: Record<string, number>): Measured["entries"] =>
  Object.fromEntries(
    Object.entries(samples).flatMap(([name, value]) => {
      const [, of] = /^mmp_edge_entries\{of="([^"]+)"\}$/.exec(name) ?? [];
      return of === undefined ? [] : [[of, value]];
    }),
  );
