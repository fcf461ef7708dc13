import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, hasEnded } from "../child.ts";
import { type IdleSessions, type LoadReport, openIdleSessions, runLoad } from "../load.ts";
import { cpuSeconds, memoryKiB } from "../proc.ts";
import type { Workspace } from "../workspace.ts";
import type { Figures, Step } from "./figures.ts";
import { filesOfWorkers, type KernelMemory, kernelMemory } from "./kernel.ts";
import { type Counts, EDGE_PORTS, SESSIONS_PER_CLIENT, type Site, startSite } from "./site.ts";

/** For a garbage collector to run, and an allocator to give memory back. */
const SETTLE_MS = 4_000;
const CPU_SETTLE_MS = 200;
const OPEN_CONCURRENCY = 64;
/** Logins beside the idle sessions: few at once, so that their time is not that of a queue. */
const LOGINS = { sessions: 6000, concurrency: 4 };
const WARM_UP_LOGINS = 1500; // a worker
const NOOPS = 1000;
const NOOP_INTERVAL_US = 2000;
/** A client, a worker and a store share two connections: the edge has an end of each. */
const EDGE_SHARE = 0.5;
/** How long sessions may take to be back behind the drain's own time, in seconds. */
const BACK_SECONDS = 60;
const COUNT_MS = 1000;

export interface Plan {
  /** Ascending. */
  steps: readonly number[];
  drainSeconds: number;
}

type Measured = Omit<Figures, "surroundings">;

/** Opens the sessions step by step, measures at each step, and has them move to another edge. */
export async function measureMany(plan: Plan, workspace: Workspace): Promise<Measured> {
  const most = plan.steps.at(-1) ?? 0;
  const site = await startSite(workspace, most);
  const idle: IdleSessions[] = [];
  try {
    const edge = await site.startEdge("first", plan.drainSeconds);
    const port = EDGE_PORTS.first;
    await logIn(workspace, { sessions: WARM_UP_LOGINS * site.workers, concurrency: 32 });
    await delay(SETTLE_MS);
    const base = { userKiB: memoryKiB(edge.pid), ...kernelMemory(edge.pid) };
    const filesAtFirst = filesOfWorkers(edge.pid);
    const steps: Step[] = [];
    let open = 0;
    for (const wanted of plan.steps) {
      const startedMs = performance.now();
      const before = open;
      while (open < wanted) {
        const sessions = Math.min(SESSIONS_PER_CLIENT, wanted - open);
        const people = { first: open + 1, accounts: most + 1 };
        const options = { security: "tls", workload: "idle", concurrency: OPEN_CONCURRENCY, people } as const;
        idle.push(await openIdleSessions(workspace, { ...options, port, sessions }));
        open += sessions;
      }
      const openedPerSecond = ((open - before) * 1000) / (performance.now() - startedMs);
      await delay(SETTLE_MS);
      const step = { sessions: open, ...perSession(base, edge, open), openedPerSecond };
      steps.push({ ...step, ...(await measureMeanwhile(workspace, edge, idle.at(-1))) });
      console.error(steps.at(-1));
    }
    const sessions = filesOfWorkers(edge.pid).map((files, n) =>
      Math.round((files - (filesAtFirst[n] ?? 0)) / 2),
    );
    return {
      workers: site.workers,
      baseKiB: base.userKiB + base.pageTablesKiB,
      steps,
      workerSessions: { least: Math.min(...sessions), most: Math.max(...sessions) },
      drain: await measureDrain(site, edge, idle, plan),
    };
  } finally {
    await Promise.all(idle.map((sessions) => sessions.close()));
    await site.stop();
  }
}

const logIn = (
  workspace: Workspace,
  amount: { sessions: number; concurrency: number },
): Promise<LoadReport> =>
  runLoad(workspace, { port: EDGE_PORTS.first, security: "tls", workload: "churn", ...amount });

function perSession(base: KernelMemory & { userKiB: number }, edge: Child, sessions: number) {
  const now = kernelMemory(edge.pid);
  return {
    userKiB: (memoryKiB(edge.pid) - base.userKiB) / sessions,
    pageTablesKiB: (now.pageTablesKiB - base.pageTablesKiB) / sessions,
    kernelKiB: ((now.slabKiB - base.slabKiB) / sessions) * EDGE_SHARE,
    tcpKiB: now.tcpKiB - base.tcpKiB,
  };
}

/** Logins and NOOPs beside the idle sessions. */
async function measureMeanwhile(workspace: Workspace, edge: Child, idle: IdleSessions | undefined) {
  const before = cpuSeconds(edge.pid);
  const { done, loginP50Ms, loginP99Ms } = await logIn(workspace, LOGINS);
  await delay(CPU_SETTLE_MS);
  const loginCpuUs = ((cpuSeconds(edge.pid) - before) / done) * 1e6;
  const noops = await idle?.timeNoops(NOOPS, NOOP_INTERVAL_US);
  const [noopP50Us, noopP99Us] = [noops?.p50Us ?? 0, noops?.p99Us ?? 0];
  return { loginCpuUs, loginP50Ms, loginP99Ms, noopP50Us, noopP99Us };
}

/** Drains the edge; its clients connect to another that has just started, each as soon as its session has ended. */
async function measureDrain(
  site: Site,
  edge: Child,
  idle: readonly IdleSessions[],
  { drainSeconds, steps }: Plan,
): Promise<Figures["drain"]> {
  const other = await site.startEdge("second", drainSeconds);
  await delay(SETTLE_MS);
  const counting = countEverySecond(site);
  const before = await site.counts();
  const cpuBefore = cpuSeconds(other.pid);
  const startedMs = performance.now();
  const secondsSince = (): number => (performance.now() - startedMs) / 1000;
  const back = idle.map((sessions) => sessions.reconnect(EDGE_PORTS.second, drainSeconds + BACK_SECONDS));
  const exited = once(edge.process, "exit").then(secondsSince);
  edge.process.kill("SIGTERM");
  const reports = await Promise.all(back);
  const allBackSeconds = secondsSince();
  const cpu = cpuSeconds(other.pid) - cpuBefore;
  const after = await site.counts();
  const lookUpsPeak = await counting.stop();
  const exitSeconds = hasEnded(edge)
    ? await exited
    : await Promise.race([exited, delay(BACK_SECONDS * 1000, Number.NaN)]);
  const ready = reports.reduce((sum, report) => sum + report.ready, 0);
  const brokenOff = reports.find((report) => report.brokenOff !== "")?.brokenOff;
  const sessions = steps.at(-1) ?? 0;
  if (ready < sessions) throw new Error(`${ready} of ${sessions} sessions are back: ${brokenOff}`);
  const worst = (pick: (report: LoadReport) => number): number => Math.max(...reports.map(pick));
  return {
    sessions,
    drainSeconds,
    allBackSeconds,
    exitSeconds,
    failed: reports.reduce((sum, report) => sum + report.failed, 0),
    loginP50Ms: worst((report) => report.loginP50Ms),
    loginP99Ms: worst((report) => report.loginP99Ms),
    loginCpuUs: (cpu / ready) * 1e6,
    lookUps: after.routes - before.routes,
    lookUpsPeak,
    otherRequests: after.others - before.others,
  };
}

/** Counts the look-ups at the route server each second; `stop` resolves to the most in one second. */
function countEverySecond(site: Site): { stop(): Promise<number> } {
  const stopped = new AbortController();
  const counted = (async () => {
    let peak = 0;
    let last: Counts | undefined;
    let lastMs = 0;
    while (!stopped.signal.aborted) {
      const counts = await site.counts();
      const nowMs = performance.now();
      if (last !== undefined)
        peak = Math.max(peak, ((counts.routes - last.routes) * 1000) / (nowMs - lastMs));
      [last, lastMs] = [counts, nowMs];
      await delay(COUNT_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    return peak;
  })();
  return {
    stop() {
      stopped.abort();
      return counted;
    },
  };
}
