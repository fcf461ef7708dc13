import { z } from "zod";

const cpu = z.literal([256, 512, 1024, 2048, 4096]);
const count = z.int().min(1).max(1000);
const units = "CPU units of a task; 1024 are one core.";
const memory = "Memory of a task.";
const fewest = count.describe("Minimum.");
const most = count.describe("Maximum.");

/** Hosts and tasks of the edge. */
export const EdgeSize = z.strictObject({
  capacity: z
    .enum(["ec2", "fargate"])
    .default("ec2")
    .describe("fargate: no hosts to manage, but drains of at most 110 seconds."),
  architecture: z
    .enum(["arm64", "x86_64"])
    .default("arm64")
    .describe("arm64 (Graviton) does the same work for less."),
  instanceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9]+$/)
    .default("m7g.large")
    .describe("EC2 instance type of the hosts."),
  hosts: z.strictObject({ min: fewest.default(2), max: most.default(8) }).prefault({}),
  tasks: z
    .strictObject({ min: fewest.default(4), max: most.default(32) })
    .prefault({})
    .describe("Tasks per service; an instance has one service for every five ports."),
  cpu: cpu
    .default(256)
    .describe("CPU units of a task; 1024 are one core. On hosts a share, on Fargate a limit."),
  memoryMiB: z.int().min(256).max(30_720).default(1024).describe(memory),
  sessionsPerTask: z
    .int()
    .min(10)
    .default(10_000)
    .describe("Average sessions per task above which tasks are added."),
  cpuPercent: z.int().min(10).max(90).default(60).describe("Average CPU use above which tasks are added."),
  drainSeconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(900)
    .describe("Time over which a stopping edge ends its sessions."),
  deregistrationSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(300)
    .describe("Time before the drain in which it keeps its sessions but gets no new ones."),
});
export type EdgeSize = z.infer<typeof EdgeSize>;

export const RouteApiSize = z.strictObject({
  cpu: cpu.default(512).describe(units),
  memoryMiB: z.int().min(512).max(30_720).default(1024).describe(memory),
  tasks: z.strictObject({ min: fewest.default(2), max: most.default(10) }).prefault({}),
  cpuPercent: z.int().min(10).max(90).default(50).describe("Average CPU use above which tasks are added."),
});

export const SyncSize = z.strictObject({
  cpu: cpu.default(512).describe(units),
  memoryMiB: z.int().min(512).max(30_720).default(1024).describe(memory),
  tasks: z
    .int()
    .min(0)
    .max(3)
    .default(2)
    .describe("One leads, the others stand by for its lease. 0 if another region's sync writes the table."),
});

export const Sizes = z.strictObject({
  edge: EdgeSize.prefault({}),
  routeApi: RouteApiSize.prefault({}),
  sync: SyncSize.prefault({}),
});
export type Sizes = z.infer<typeof Sizes>;
