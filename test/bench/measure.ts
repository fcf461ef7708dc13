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
const WARM_UP_DOWNLOAD_MIB = 64;
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

/** Starts the proxy with a store and all that it asks, measures one mode, and ends them. */
export async function measure(
  proxy: MailProxy,
  mode: Mode,
  sizes: Sizes,
  workspace: Workspace,
): Promise<Sample> {
  return withProxies([proxy], workspace, async ([subject]) => {
    if (subject === undefined) throw new Error("no proxy");
    return { proxy: proxy.name, mode, ...(await MEASUREMENTS[mode](subject, sizesFor(proxy, sizes))) };
  });
}

function sizesFor({ loginsMax = Number.POSITIVE_INFINITY }: MailProxy, sizes: Sizes): Sizes {
  const { warmUpLogins, plainLogins, tlsLogins } = sizes;
  return {
    ...sizes,
    warmUpLogins: Math.min(warmUpLogins, loginsMax),
    plainLogins: Math.min(plainLogins, loginsMax),
    tlsLogins: Math.min(tlsLogins, loginsMax),
  };
}

/** Starts a store, and the proxies with all that they ask; ends them after the work. */
export async function withProxies<T>(
  proxies: readonly MailProxy[],
  workspace: Workspace,
  work: (subjects: SubjectOf[]) => Promise<T>,
): Promise<T> {
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
  const start = async (server: ServerCommand): Promise<Child> => {
    const child = await startServer(workspace, server);
    children.push(child);
    return child;
  };
  try {
    for (const server of servers) await start(server);
    const subjects: SubjectOf[] = [];
    for (const proxy of proxies) {
      const { name, plainPort, tlsPort } = proxy;
      const { command, beside } = proxy.prepare(workspace);
      const asked: Child[] = [];
      for (const server of beside) asked.push(await start(server));
      const { pid } = await start({ name, command, cpu: PROXY_CPU, ports: [plainPort, tlsPort] });
      subjects.push((security) => ({
        workspace,
        pid,
        besidePids: asked.map((child) => child.pid),
        target: { port: security === "plain" ? plainPort : tlsPort, security },
      }));
    }
    return await work(subjects);
  } finally {
    await Promise.all(children.map(stop));
  }
}

/** What is measured, and how it is reached. */
export interface Subject {
  workspace: Workspace;
  pid: number;
  /** Of what the proxy asks, and nobody else. */
  besidePids: readonly number[];
  target: { port: number; security: Security };
}
/** A proxy that is up, as it is reached with this security. */
type SubjectOf = (security: Security) => Subject;
type Measurement = Pick<Sample, "figure" | "details">;

const MEASUREMENTS: Record<Mode, (subject: SubjectOf, sizes: Sizes) => Promise<Measurement>> = {
  "churn-plain": (subject, sizes) => measureChurn(subject("plain"), sizes, sizes.plainLogins),
  "cold-plain": (subject) => measureLogins(subject("plain"), COLD_LOGINS),
  "churn-tls": (subject, sizes) => measureChurn(subject("tls"), sizes, sizes.tlsLogins),
  "churn-resume": (subject, sizes) => measureChurn(subject("resume"), sizes, sizes.tlsLogins),
  "bulk-plain": (subject, sizes) => measureBulk(subject("plain"), sizes.downloadMiB),
  "bulk-tls": (subject, sizes) => measureBulk(subject("tls"), sizes.downloadMiB),
  "idle-plain": (subject, sizes) => measureIdle(subject("plain"), sizes),
  "idle-tls": (subject, sizes) => measureIdle(subject("tls"), sizes),
};

/** CPU time in seconds, while the work is done and just after it, of the proxy and of what it asks. */
async function cpuOf<T>(
  { pid, besidePids }: Subject,
  work: () => Promise<T>,
): Promise<{ cpu: number; besideCpu: number; result: T }> {
  const besideSeconds = () => besidePids.reduce((sum, beside) => sum + cpuSeconds(beside), 0);
  const [before, besideBefore] = [cpuSeconds(pid), besideSeconds()];
  const result = await work();
  await delay(CPU_SETTLE_MS);
  return { cpu: cpuSeconds(pid) - before, besideCpu: besideSeconds() - besideBefore, result };
}

async function measureChurn(subject: Subject, { warmUpLogins }: Sizes, logins: number): Promise<Measurement> {
  await churn(subject, warmUpLogins); // warms caches, JIT compilers, allocators: a proxy runs for weeks
  return measureLogins(subject, logins);
}

/** So many logins, and what each cost in µs of CPU time. */
export const churnCost = async (subject: Subject, logins: number): Promise<number> =>
  (await measureLogins(subject, logins)).figure;

const churn = ({ workspace, target }: Subject, sessions: number) =>
  runLoad(workspace, { ...target, workload: "churn", sessions, concurrency: CHURN_CONCURRENCY });

async function measureLogins(subject: Subject, logins: number): Promise<Measurement> {
  const { cpu, besideCpu, result } = await cpuOf(subject, () => churn(subject, logins));
  const { done, seconds, resumed, loginP50Ms, loginP99Ms } = result;
  const beside = subject.besidePids.length > 0 ? { besideUs: (besideCpu / done) * 1e6 } : {};
  return {
    figure: (cpu / done) * 1e6,
    details: { logins: done, seconds, resumed, loginP50Ms, loginP99Ms, ...beside },
  };
}

async function measureBulk(subject: Subject, mib: number): Promise<Measurement> {
  const { workspace, target } = subject;
  const download = (downloadMiB: number) =>
    runLoad(workspace, { ...target, workload: "bulk", sessions: BULK_SESSIONS, downloadMiB });
  await download(WARM_UP_DOWNLOAD_MIB);
  const { cpu, result } = await cpuOf(subject, () => download(mib));
  const gib = (BULK_SESSIONS * mib) / 1024;
  return { figure: cpu / gib, details: { gib, seconds: result.seconds } };
}

async function measureIdle(subject: Subject, sizes: Sizes): Promise<Measurement> {
  const { workspace, pid, target } = subject;
  const { memorySettleMs, noops: count } = sizes;
  const sessions = Math.min(sizes.idleSessions, Math.floor((workspace.fileLimit - SPARE_FILES) / 2));
  // What a heap or a JIT compiler keeps after so many logins does not belong to sessions that stay.
  await churn(subject, sessions);
  await delay(memorySettleMs);
  const before = memoryKiB(pid);
  const plan = { ...target, workload: "idle", sessions, concurrency: IDLE_CONCURRENCY } as const;
  const idle = await openIdleSessions(workspace, plan);
  try {
    await delay(memorySettleMs);
    const after = memoryKiB(pid);
    const noops = await idle.timeNoops(count, NOOP_INTERVAL_US);
    return {
      figure: (after - before) / sessions,
      details: { sessions, baseKiB: before, noopP50Us: noops.p50Us, noopP99Us: noops.p99Us },
    };
  } finally {
    await idle.close();
  }
}
