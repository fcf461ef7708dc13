import { setTimeout as delay } from "node:timers/promises";
import { type Child, LOAD_CPU, PROXY_CPU, stop } from "./child.ts";
import { openIdleSessions, runLoad, type Security } from "./load.ts";
import {
  BULK_SESSIONS,
  CHURN_CONCURRENCY,
  COLD_LOGINS,
  IDLE_CONCURRENCY,
  type Mode,
  type Sizes,
} from "./modes.ts";
import { cpuSeconds, memoryKiB } from "./proc.ts";
import { type MailProxy, ROUTE_PORT, STORE_NAME, STORE_PORT } from "./proxies/proxy.ts";
import { type ServerCommand, startServer } from "./server.ts";
import type { Workspace } from "./workspace.ts";

/** What closing sessions costs is counted too: the proxy gets this long for it. */
const CPU_SETTLE_MS = 200;
/** For a garbage collector to run, and an allocator to give memory back. */
const MEMORY_SETTLE_MS = 3_000;
const WARM_UP_DOWNLOAD_MIB = 64;
const WARM_UP_BEFORE_IDLE = { sessions: 50, concurrency: 8 };
const NOOPS = 1_000;
const NOOP_INTERVAL_US = 2_000;
/** Files of a proxy beside two a session: its listeners, logs, connections to the route server. */
const SPARE_FILES = 600;

/** One measurement. */
export interface Sample {
  proxy: string;
  mode: Mode;
  /** In the unit that FIGURES names. */
  figure: number;
  /** What else was seen. */
  details: Record<string, number>;
}

/** Starts the proxy with a store and a route server of its own, measures one mode, and ends all three. */
export async function measure(
  proxy: MailProxy,
  mode: Mode,
  sizes: Sizes,
  workspace: Workspace,
): Promise<Sample> {
  const { store, route } = workspace.programs;
  const servers: ServerCommand[] = [
    { name: "store", command: [store, String(STORE_PORT)], cpu: LOAD_CPU, ports: [STORE_PORT] },
    {
      name: "route",
      command: [route, String(ROUTE_PORT), STORE_NAME, String(STORE_PORT)],
      cpu: LOAD_CPU,
      ports: [ROUTE_PORT],
    },
  ];
  const children: Child[] = [];
  try {
    for (const server of servers) children.push(await startServer(workspace, server));
    const measured = await startServer(workspace, {
      name: proxy.name,
      command: proxy.prepare(workspace),
      cpu: PROXY_CPU,
      ports: [proxy.plainPort, proxy.tlsPort],
    });
    children.push(measured);
    const subject = (security: Security): Subject => ({
      workspace,
      pid: measured.pid,
      target: { port: security === "plain" ? proxy.plainPort : proxy.tlsPort, security },
    });
    return { proxy: proxy.name, mode, ...(await MEASUREMENTS[mode](subject, sizes)) };
  } finally {
    await Promise.all(children.map(stop));
  }
}

/** What is measured, and how it is reached. */
interface Subject {
  workspace: Workspace;
  pid: number;
  target: { port: number; security: Security };
}
type Measurement = Pick<Sample, "figure" | "details">;

const MEASUREMENTS: Record<
  Mode,
  (subject: (security: Security) => Subject, sizes: Sizes) => Promise<Measurement>
> = {
  "churn-plain": (subject, sizes) => measureChurn(subject("plain"), sizes.plainLogins),
  "cold-plain": (subject) => measureLogins(subject("plain"), COLD_LOGINS),
  "churn-tls": (subject, sizes) => measureChurn(subject("tls"), sizes.tlsLogins),
  "churn-resume": (subject, sizes) => measureChurn(subject("resume"), sizes.tlsLogins),
  "bulk-plain": (subject, sizes) => measureBulk(subject("plain"), sizes.downloadMiB),
  "bulk-tls": (subject, sizes) => measureBulk(subject("tls"), sizes.downloadMiB),
  "idle-plain": (subject, sizes) => measureIdle(subject("plain"), sizes.idleSessions),
  "idle-tls": (subject, sizes) => measureIdle(subject("tls"), sizes.idleSessions),
};

/** CPU time of the proxy in seconds while the work is done, and just after it. */
async function cpuOf<T>(pid: number, work: () => Promise<T>): Promise<{ cpu: number; result: T }> {
  const before = cpuSeconds(pid);
  const result = await work();
  await delay(CPU_SETTLE_MS);
  return { cpu: cpuSeconds(pid) - before, result };
}

async function measureChurn(subject: Subject, logins: number): Promise<Measurement> {
  await churn(subject, logins); // warms caches, JIT compilers, allocators: a proxy runs for weeks
  return measureLogins(subject, logins);
}

const churn = ({ workspace, target }: Subject, sessions: number) =>
  runLoad(workspace, { ...target, workload: "churn", sessions, concurrency: CHURN_CONCURRENCY });

async function measureLogins(subject: Subject, logins: number): Promise<Measurement> {
  const { cpu, result } = await cpuOf(subject.pid, () => churn(subject, logins));
  const { done, seconds, resumed, loginP50Ms, loginP99Ms } = result;
  return {
    figure: (cpu / done) * 1e6,
    details: { logins: done, seconds, resumed, loginP50Ms, loginP99Ms },
  };
}

async function measureBulk({ workspace, pid, target }: Subject, mib: number): Promise<Measurement> {
  const download = (downloadMiB: number) =>
    runLoad(workspace, { ...target, workload: "bulk", sessions: BULK_SESSIONS, downloadMiB });
  await download(WARM_UP_DOWNLOAD_MIB);
  const { cpu, result } = await cpuOf(pid, () => download(mib));
  const gib = (BULK_SESSIONS * mib) / 1024;
  return { figure: cpu / gib, details: { gib, seconds: result.seconds } };
}

async function measureIdle({ workspace, pid, target }: Subject, wanted: number): Promise<Measurement> {
  const sessions = Math.min(wanted, Math.floor((workspace.fileLimit - SPARE_FILES) / 2));
  await runLoad(workspace, { ...target, workload: "churn", ...WARM_UP_BEFORE_IDLE });
  await delay(MEMORY_SETTLE_MS);
  const before = memoryKiB(pid);
  const plan = { ...target, workload: "idle", sessions, concurrency: IDLE_CONCURRENCY } as const;
  const idle = await openIdleSessions(workspace, plan);
  try {
    await delay(MEMORY_SETTLE_MS);
    const after = memoryKiB(pid);
    const noops = await idle.timeNoops(NOOPS, NOOP_INTERVAL_US);
    return {
      figure: (after - before) / sessions,
      details: { sessions, baseKiB: before, noopP50Us: noops.p50Us, noopP99Us: noops.p99Us },
    };
  } finally {
    await idle.close();
  }
}
