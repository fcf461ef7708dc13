import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type Child, hasEnded, LOAD_CPU, startPinned, stop } from "./child.ts";
import type { Workspace } from "./workspace.ts";

/** Behind the generator's own limits of 60 and 90 seconds. */
const REPORT_TIMEOUT_MS = 150_000;

const LoadReport = z.object({
  done: z.number(),
  ready: z.number(),
  failed: z.number(),
  resumed: z.number(),
  brokenOff: z.string(),
  seconds: z.number(),
  loginP50Ms: z.number(),
  loginP99Ms: z.number(),
});
export type LoadReport = z.infer<typeof LoadReport>;

const NoopReport = z.object({ timed: z.number(), p50Us: z.number(), p99Us: z.number() });
export type NoopReport = z.infer<typeof NoopReport>;

export type Security = "plain" | "tls" | "resume";

/** Arguments of the load generator; see native/load/main.c. */
export type LoadPlan = { port: number; security: Security; people?: People } & (
  | { workload: "churn" | "idle"; sessions: number; concurrency: number }
  | { workload: "bulk"; sessions: number; downloadMiB: number }
);

/** Who logs in: sessions are counted from `first`, and session n is of account n modulo `accounts`. */
export interface People {
  first: number;
  accounts: number;
}

/** Sessions that stay open. */
export interface IdleSessions {
  report: LoadReport;
  /** Times NOOPs in one more session. */
  timeNoops(count: number, intervalUs: number): Promise<NoopReport>;
  /** Opens each session again, at this port, when it ends. Resolves when all are back, or after `seconds`. */
  reconnect(port: number, seconds: number): Promise<LoadReport>;
  close(): Promise<void>;
}

/** Runs a plan to its end. Throws when a single session failed: a figure that counts failures is none. */
export async function runLoad(workspace: Workspace, plan: LoadPlan): Promise<LoadReport> {
  const generator = startGenerator(workspace, plan);
  try {
    const report = LoadReport.parse(await generator.nextLine());
    await requireSuccess(generator, report);
    return report;
  } finally {
    await stop(generator.child);
  }
}

/** Opens sessions that stay until `close`. Throws when a single one failed. */
export async function openIdleSessions(workspace: Workspace, plan: LoadPlan): Promise<IdleSessions> {
  const generator = startGenerator(workspace, plan);
  try {
    const report = LoadReport.parse(await generator.nextLine());
    await requireSuccess(generator, report);
    return {
      report,
      async timeNoops(count, intervalUs) {
        generator.child.process.stdin?.write(`noop ${count} ${intervalUs}\n`);
        const noops = NoopReport.parse(await generator.nextLine());
        if (noops.timed < count) throw new Error(`only ${noops.timed} of ${count} NOOPs were answered`);
        return noops;
      },
      async reconnect(port, seconds) {
        generator.child.process.stdin?.write(`reconnect ${port} ${seconds}\n`);
        return LoadReport.parse(await generator.nextLine(seconds * 1000 + REPORT_TIMEOUT_MS));
      },
      close: () => stop(generator.child),
    };
  } catch (error) {
    await stop(generator.child);
    throw error;
  }
}

interface Generator {
  child: Child;
  /** The next line of its output, parsed as JSON. */
  nextLine(timeoutMs?: number): Promise<unknown>;
  errors: Promise<string>;
}

function startGenerator(workspace: Workspace, plan: LoadPlan): Generator {
  const last = plan.workload === "bulk" ? plan.downloadMiB : plan.concurrency;
  const people = plan.people === undefined ? [] : [plan.people.first, plan.people.accounts];
  const words = [plan.port, plan.security, plan.workload, plan.sessions, last, ...people].map(String);
  const child = startPinned("load", [workspace.programs.load, ...words], {
    cpu: LOAD_CPU,
    fileLimit: workspace.fileLimit,
    stdio: "pipe",
  });
  const { stdout, stderr } = child.process;
  if (stdout === null || stderr === null) throw new Error("load has no output");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    child,
    errors: text(stderr),
    async nextLine(timeoutMs = REPORT_TIMEOUT_MS) {
      const timer = setTimeout(() => child.process.kill("SIGKILL"), timeoutMs);
      const line = await lines.next();
      clearTimeout(timer);
      if (line.done) throw new Error("load ended without a report");
      return JSON.parse(line.value);
    },
  };
}

async function requireSuccess(generator: Generator, report: LoadReport): Promise<void> {
  if (report.failed === 0 && report.brokenOff === "") return;
  generator.child.process.stdin?.end(); // an idle generator waits for a command
  if (!hasEnded(generator.child)) await once(generator.child.process, "exit");
  const why = [report.brokenOff, (await generator.errors).trim()].filter(Boolean).join("; ");
  throw new Error(`${report.failed} sessions failed, ${report.done + report.ready} did not (${why})`);
}
