import { execFileSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { start } from "../../support/child.ts";
import { makeFolder } from "../../support/workspace.ts";
import { LOAD_CPU, PROXY_CPU } from "../child.ts";
import { cpuSeconds } from "../proc.ts";
import { type Answers, asker } from "./ask.ts";
import type { Row } from "./figures.ts";
import { BLOCK_ENTRIES, multiplyEntries } from "./many-entries.ts";
import { writePeople } from "./people.ts";
import { type BenchSite, benchSite } from "./site.ts";

/** Connections, with one request each: what eight edge processes open. */
const LINKS = 64;
/** Share of the most at which the delay is measured: an API is not run at its limit. */
const STEADY_SHARE = 0.5;
/** Look-ups before anything is counted: the JIT compiler, which shares the core, needs about 80,000 of them. */
const WARM_UP_SECONDS = 10;
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
  const ask = asker(entries, LINKS, LOAD_CPU);
  const child = await site.run(["route-api"], /"listening"/);
  const bareChild = start("bun", [join(import.meta.dirname, "bare-server.ts")]);
  try {
    const barePort = Number((await bareChild.line((line) => line.startsWith("listening"))).split(" ")[1]);
    const api = { port: Number(new URL(site.apiUrl).port), token: site.token };
    const bare = { port: barePort, token: site.token };
    pin(child.pid, PROXY_CPU);
    pin(bareChild.pid, PROXY_CPU);
    for (const server of [bare, api]) await ask(server, { seconds: WARM_UP_SECONDS });
    const beforeSeconds = cpuSeconds(child.pid);
    const { answered } = await ask(api, { seconds });
    const usedSeconds = cpuSeconds(child.pid) - beforeSeconds;
    const ratePerSecond = (answered / seconds) * STEADY_SHARE;
    const steady = await ask(api, { seconds, ratePerSecond });
    const floor = await ask(bare, { seconds, ratePerSecond });
    const delays = ({ p50Ms, p99Ms }: Answers): string => `${p50Ms.toFixed(2)} ms; ${p99Ms.toFixed(2)} ms`;
    return [
      {
        what: `look-ups a second, ${entries} entries, one core, ${LINKS} connections; CPU of one`,
        figure: `${(answered / seconds).toFixed(0)}; ${((usedSeconds / answered) * 1e6).toFixed(0)} µs`,
      },
      {
        what: `delay at half as many a second, ${entries} entries, p50; p99`,
        figure: delays(steady),
      },
      {
        what: `the same of a Bun server that only answers, beside ${entries} entries`,
        figure: delays(floor),
      },
    ];
  } finally {
    await bareChild.stop();
    await child.stop();
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

/** Keeps a process, with all its threads, on one CPU. */
const pin = (pid: number, cpu: number): Buffer =>
  execFileSync("taskset", ["-a", "-c", "-p", `${cpu}`, `${pid}`]);
