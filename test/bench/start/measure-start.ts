import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, LOAD_CPU, PROXY_CPU, stop } from "../child.ts";
import { runLoad } from "../load.ts";
import { CHURN_CONCURRENCY, COLD_LOGINS } from "../modes.ts";
import { cpuSeconds, memoryKiB } from "../proc.ts";
import { mmpArguments } from "../proxies/edge.ts";
import { type MailProxy, type Prepared, STORE_PORT } from "../proxies/proxy.ts";
import { startServer } from "../server.ts";
import type { Workspace } from "../workspace.ts";

const LISTEN_POLL_MS = 1;
const REST_MS = 3_000;
const CPU_SETTLE_MS = 200;
const VERSION_RUNS = 5;

/** What one start of an edge costs. */
export interface Start {
  /** CPU time of `mmp --version`. */
  versionMs: number;
  /** From the start of the process until it accepts connections, without a warm-up. */
  coldListeningMs: number;
  /** The same as it is run in production. */
  listeningMs: number;
  /** Memory (PSS) three seconds later, before the first client. */
  restMiB: number;
  /** CPU time of each of the first plain logins. */
  coldLoginUs: number;
  coldP99Ms: number;
}

/** Starts an edge by a command, lets it rest, and sends it its first logins; before, `coldEdge`, which has no warm-up. */
export async function measureStart(
  command: readonly string[],
  edge: MailProxy,
  coldEdge: MailProxy,
  workspace: Workspace,
): Promise<Start> {
  const { store } = workspace.programs;
  const prepared = edge.prepare(workspace);
  const start = async (what: Prepared): Promise<[Child, listeningMs: number]> => {
    const startedMs = performance.now();
    const words = [...command, ...mmpArguments(what)];
    const server = { name: "edge", command: words, ports: [edge.tlsPort], cpu: PROXY_CPU };
    return [await startServer(workspace, server, LISTEN_POLL_MS), performance.now() - startedMs];
  };
  const children: Child[] = [];
  try {
    for (const server of [
      { name: "store", command: [store, String(STORE_PORT)], ports: [STORE_PORT], cpu: LOAD_CPU },
      ...prepared.beside,
    ])
      children.push(await startServer(workspace, server));
    const versionMs = versionCpuMs(command);
    const [cold, coldListeningMs] = await start(coldEdge.prepare(workspace));
    await stop(cold);
    const [child, listeningMs] = await start(prepared);
    children.push(child);
    await delay(REST_MS);
    const restMiB = memoryKiB(child.pid) / 1024;
    const before = cpuSeconds(child.pid);
    const { done, loginP99Ms } = await runLoad(workspace, {
      port: edge.plainPort,
      security: "plain",
      workload: "churn",
      sessions: COLD_LOGINS,
      concurrency: CHURN_CONCURRENCY,
    });
    await delay(CPU_SETTLE_MS);
    const coldLoginUs = ((cpuSeconds(child.pid) - before) / done) * 1e6;
    return { versionMs, coldListeningMs, listeningMs, restMiB, coldLoginUs, coldP99Ms: loginP99Ms };
  } finally {
    await Promise.all(children.map(stop));
  }
}

/** CPU time of `mmp --version`, the mean of some runs: bash measures it in milliseconds. */
function versionCpuMs(command: readonly string[]): number {
  const script = `TIMEFORMAT="%U %S"; time for run in {1..${VERSION_RUNS}}; do "$@" --version >/dev/null; done`;
  const times = execFileSync("bash", ["-c", `{ ${script}; } 2>&1`, "bash", ...command], { encoding: "utf8" });
  const [user = Number.NaN, system = Number.NaN] = times.trim().split(" ").map(Number);
  return ((user + system) * 1000) / VERSION_RUNS;
}
