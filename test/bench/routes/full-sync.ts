import { readFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../support/child.ts";
import { doubles } from "../../support/dynamodb/doubles.ts";
import { makeFolder } from "../../support/workspace.ts";
import { cpuSeconds } from "../proc.ts";
import { startBenchDirectory } from "./directory.ts";
import type { Row } from "./figures.ts";
import { writePeople } from "./people.ts";
import { type BenchSite, benchSite } from "./site.ts";

const STORES = ["store-a", "store-b", "store-c"];
/** How often memory and CPU time of the sync are looked at, in milliseconds. */
const LOOK_MS = 50;

interface Run {
  entries: number;
  seconds: number;
  cpuSeconds: number;
  peakMiB: number;
}

/** A full read of slapd into SQLite, and again with nothing to write. */
export async function measureSlapdToSqlite(count: number): Promise<Row[]> {
  const directory = await startBenchDirectory(count, STORES);
  const site = await benchSite({ routeStore: { sqlite: "routes.db" }, directory });
  try {
    const first = await syncOnce(site);
    const again = await syncOnce(site);
    return [...rows(`slapd → SQLite`, first), ...rows(`slapd → SQLite, nothing new`, again)];
  } finally {
    await site.remove();
    await directory.remove();
  }
}

/** The same into each double of DynamoDB. */
export async function measureSlapdToDynamoDb(count: number): Promise<Row[]> {
  const all: Row[] = [];
  const directory = await startBenchDirectory(count, STORES);
  for (const { name, missing, start: startDouble } of doubles) {
    if (missing !== undefined) continue;
    const double = await startDouble();
    const site = await benchSite({
      routeStore: { dynamodb: { table: "bench", region: "local", endpoint: double.endpoint } },
      directory,
    });
    try {
      await site.finish(["route-api", "--create-table"]);
      all.push(...rows(`slapd → ${name}`, await syncOnce(site)));
      all.push(...rows(`slapd → ${name}, nothing new`, await syncOnce(site)));
    } finally {
      await site.remove();
      await double.close();
    }
  }
  await directory.remove();
  return all;
}

/** A full read of a generated LDIF file into SQLite. */
export async function measureLdifToSqlite(count: number): Promise<Row[]> {
  const folder = makeFolder("bench-ldif");
  const ldif = join(folder.path, "people.ldif");
  await writePeople(ldif, count, STORES);
  const site = await benchSite({ routeStore: { sqlite: "routes.db" }, directory: { ldif } });
  try {
    return rows("LDIF → SQLite", await syncOnce(site));
  } finally {
    await site.remove();
    folder.remove();
  }
}

const rows = (what: string, { entries, seconds, cpuSeconds, peakMiB }: Run): Row[] => [
  { what: `full sync, ${what}, ${entries} entries`, figure: `${(entries / seconds).toFixed(0)}/s` },
  {
    what: "its time; CPU of the sync; peak of its memory (RSS)",
    figure: `${seconds.toFixed(1)} s; ${cpuSeconds.toFixed(1)} s; ${peakMiB} MiB`,
  },
];

/** Runs `mmp sync --once` on one core, and watches its memory and CPU time. */
async function syncOnce(site: BenchSite): Promise<Run> {
  const startedMs = performance.now();
  const child = start("taskset", [
    "-c",
    "1",
    "bun",
    "bin/mmp.ts",
    "sync",
    "--once",
    "--config",
    join(site.folder, "mmp.yaml"),
  ]);
  let peakKiB = 0;
  let cpuUsed = 0;
  const timer = setInterval(() => {
    cpuUsed = Math.max(cpuUsed, cpuSeconds(child.pid));
    peakKiB = Math.max(peakKiB, residentKiB(child.pid));
  }, LOOK_MS);
  const code = await child.exited;
  clearInterval(timer);
  const output = child.lines.join("\n");
  const read = /^(\d+) entries read/m.exec(output)?.[1];
  if (code !== 0 || read === undefined) throw new Error(`sync ended with ${code}: ${output}`);
  return {
    entries: Number(read),
    seconds: (performance.now() - startedMs) / 1000,
    cpuSeconds: cpuUsed,
    peakMiB: Math.round(peakKiB / 1024),
  };
}

/** What the kernel has noted as the largest so far; 0 once the process is gone. */
function residentKiB(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
