import { execFileSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../../support/workspace.ts";
import { cpuSeconds } from "../proc.ts";
import { percentile, type Row } from "./figures.ts";
import { type LookUpClient, lookUpClient } from "./look-up-client.ts";
import { BLOCK_ENTRIES, loginOfMany, multiplyEntries } from "./many-entries.ts";
import { writePeople } from "./people.ts";
import { type BenchSite, benchSite } from "./site.ts";

/** Connections, with one request each: what eight edge processes open. */
const LINKS = 64;
/** Share of the most at which the delay is measured: an API is not run at its limit. */
const STEADY_SHARE = 0.5;
/** Look-ups before anything is counted: the JIT compiler and the page cache are warm then, in milliseconds. */
const WARM_UP_MS = 5000;
/** What an entry takes on disk, index and write-ahead log included, in bytes. */
const ENTRY_BYTES = 1200;

export interface LookUps {
  entries: number;
  seconds: number;
  /** A database that is used if it is there; if not, it is made, and kept. By default one for this run. */
  database?: string | undefined;
}

/** Look-ups a second at the API (Bun, SQLite, one process on one core), and their delay at half of that. */
export async function measureLookUps({ entries, seconds, database }: LookUps): Promise<Row[]> {
  const folder = makeFolder("bench-lookup");
  const file = database === undefined ? join(folder.path, "routes.db") : resolve(database);
  const ldif = join(folder.path, "people.ldif");
  const site = await benchSite({ routeStore: { sqlite: file }, directory: { ldif } });
  try {
    const synced = Math.min(entries, BLOCK_ENTRIES);
    // The configuration must name a file that exists, even where no sync reads it.
    await writePeople(ldif, existsSync(file) ? 0 : synced, ["store-a", "store-b"]);
    const made = existsSync(file) ? [] : await makeDatabase(site, file, entries);
    return [...made, ...(await measureApi(site, entries, seconds))];
  } finally {
    await site.remove();
    folder.remove();
  }
}

/** Fills a database by a sync, and beyond BLOCK_ENTRIES with copies of what that has written. */
async function makeDatabase(site: BenchSite, file: string, entries: number): Promise<Row[]> {
  requireSpace(dirname(file), entries * ENTRY_BYTES);
  await site.finish(["sync", "--once"]);
  return entries > BLOCK_ENTRIES ? [multiplyEntries(file, entries)] : [];
}

async function measureApi(site: BenchSite, entries: number, seconds: number): Promise<Row[]> {
  const anyLogin = (): string => loginOfMany(Math.floor(Math.random() * entries));
  const api = await site.run(["route-api"], /"listening"/);
  // A process that asks without pause would take the time of the one that answers.
  pin(process.pid, 0);
  pin(api.pid, 1);
  const client = await lookUpClient(site, LINKS);
  try {
    await asMany(client, anyLogin, WARM_UP_MS);
    const beforeSeconds = cpuSeconds(api.pid);
    const most = await asMany(client, anyLogin, seconds * 1000);
    const usedSeconds = cpuSeconds(api.pid) - beforeSeconds;
    const rate = most.length / seconds;
    const steady = await atRate(client, anyLogin, seconds * 1000, rate * STEADY_SHARE);
    const ms = (samples: readonly number[], share: number): string =>
      `${percentile(samples, share).toFixed(2)} ms`;
    return [
      {
        what: `look-ups a second, ${entries} entries, one core, ${LINKS} connections; CPU of one`,
        figure: `${rate.toFixed(0)}; ${((usedSeconds / most.length) * 1e6).toFixed(0)} µs`,
      },
      {
        what: `delay at ${(rate * STEADY_SHARE).toFixed(0)} a second, p50; p99`,
        figure: `${ms(steady, 0.5)}; ${ms(steady, 0.99)}`,
      },
    ];
  } finally {
    client.close();
    await api.stop();
    pin(process.pid, ALL_CPUS);
  }
}

/** Throws unless so many bytes are free where the folder is. */
function requireSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes)
    throw new Error(
      `${folder}: ${(bytes / 1e9).toFixed(0)} GB are needed, ${((bavail * bsize) / 1e9).toFixed(0)} are free`,
    );
}

const ALL_CPUS = `0-${availableParallelism() - 1}`;

/** Keeps a process, with all its threads, on one CPU, or some. */
const pin = (pid: number, cpu: number | string): Buffer =>
  execFileSync("taskset", ["-a", "-c", "-p", `${cpu}`, `${pid}`]);

/** Asks as often as all connections can; delays in milliseconds. */
async function asMany(client: LookUpClient, anyLogin: () => string, forMs: number): Promise<number[]> {
  const delays: number[] = [];
  const endMs = performance.now() + forMs;
  const ask = async (): Promise<void> => {
    while (performance.now() < endMs) delays.push(await client.lookUp(anyLogin()));
  };
  await Promise.all(Array.from({ length: LINKS }, ask));
  return delays;
}

/** Asks at an even rate, whatever the answers do; delays in milliseconds. */
async function atRate(
  client: LookUpClient,
  anyLogin: () => string,
  forMs: number,
  rate: number,
): Promise<number[]> {
  const pending: Promise<number>[] = [];
  const startedMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startedMs) {
    while (pending.length < (elapsedMs / 1000) * rate) pending.push(client.lookUp(anyLogin()));
    await new Promise(setImmediate);
  }
  return Promise.all(pending);
}
