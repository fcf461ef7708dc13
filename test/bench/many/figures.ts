import { readFileSync } from "node:fs";
import { z } from "zod";

const count = z.int().min(0);

/** What `npm run bench:many` measured. docs/performance.md shows it, docs/capacity.md calculates with it. */
export const Figures = z.strictObject({
  surroundings: z.string(),
  workers: count,
  /** Memory of the edge's processes before the first session, user and page tables. */
  baseKiB: z.number(),
  steps: z
    .array(
      z.strictObject({
        sessions: count,
        /** Per session: proportional set size; page tables; the edge's half of the kernel's objects. */
        userKiB: z.number(),
        pageTablesKiB: z.number(),
        kernelKiB: z.number(),
        /** Data in TCP sockets, of the whole machine and all sessions. */
        tcpKiB: z.number(),
        loginCpuUs: z.number(),
        loginP50Ms: z.number(),
        loginP99Ms: z.number(),
        noopP50Us: z.number(),
        noopP99Us: z.number(),
        /** Logins a second while these sessions were opened. */
        openedPerSecond: z.number(),
      }),
    )
    .min(1),
  /** Sessions of the worker with the fewest and of the one with the most, at the last step. */
  workerSessions: z.strictObject({ least: count, most: count }),
  drain: z.strictObject({
    sessions: count,
    drainSeconds: z.number(),
    /** From SIGTERM until the last session was back at the other edge, and until the drained edge exited. */
    allBackSeconds: z.number(),
    exitSeconds: z.number(),
    failed: count,
    loginP50Ms: z.number(),
    loginP99Ms: z.number(),
    /** CPU of the edge that takes the sessions over, which has just started. */
    loginCpuUs: z.number(),
    /** Requests at the route API: in all, and the greatest number in a second. */
    lookUps: count,
    lookUpsPeak: z.number(),
    otherRequests: count,
  }),
});
export type Figures = z.infer<typeof Figures>;
export type Step = Figures["steps"][number];

export const FIGURES_FILE = new URL("./figures.json", import.meta.url);

/** The figures as they were last written. */
export const measuredFigures = (): Figures => Figures.parse(JSON.parse(readFileSync(FIGURES_FILE, "utf8")));
