import { z } from "zod";

const cpu = z.literal([256, 512, 1024, 2048, 4096]);
const count = z.int().min(1).max(1000);
const units = "CPU units of a task: 1024 are one core.";
const memory = "Memory of a task.";
const fewest = count.describe("At least so many.");
const most = count.describe("At most so many.");

/** Hosts and tasks of the edge. */
export const EdgeSize = z.strictObject({
  capacity: z
    .enum(["ec2", "fargate"])
    .default("ec2")
    .describe("Fargate: no hosts to look after; drains of 110 seconds at most."),
  architecture: z
    .enum(["arm64", "x86_64"])
    .default("arm64")
    .describe("arm64 is Graviton: the same work for less."),
  instanceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9]+$/)
    .default("m7g.large")
    .describe("EC2 instance type of the hosts."),
  hosts: z.strictObject({ min: fewest.default(2), max: most.default(8) }).prefault({}),
  tasks: z
    .strictObject({ min: fewest.default(4), max: most.default(32) })
    .prefault({})
    .describe("Of each service: one a set of at most five ports of an instance."),
  cpu: cpu
    .default(256)
    .describe("CPU units of a task: 1024 are one core. A share on hosts, a bound on Fargate."),
  memoryMiB: z.int().min(256).max(30_720).default(1024).describe(memory),
  sessionsPerTask: z
    .int()
    .min(10)
    .default(10_000)
    .describe("Tasks are added when they hold more on average."),
  cpuPercent: z.int().min(10).max(90).default(60).describe("… or use more of their CPU."),
  drainSeconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(900)
    .describe("Time over which an edge that goes ends its sessions."),
  deregistrationSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(300)
    .describe("Time before that in which it only takes no new ones."),
});
export type EdgeSize = z.infer<typeof EdgeSize>;

export const RouteApiSize = z.strictObject({
  cpu: cpu.default(512).describe(units),
  memoryMiB: z.int().min(512).max(30_720).default(1024).describe(memory),
  tasks: z.strictObject({ min: fewest.default(2), max: most.default(10) }).prefault({}),
  cpuPercent: z
    .int()
    .min(10)
    .max(90)
    .default(50)
    .describe("Tasks are added when they use more of their CPU."),
});

export const SyncSize = z.strictObject({
  cpu: cpu.default(512).describe(units),
  memoryMiB: z.int().min(512).max(30_720).default(1024).describe(memory),
  tasks: z
    .int()
    .min(0)
    .max(3)
    .default(2)
    .describe("One leads, the others wait for its lease. 0: the sync of another region writes the table."),
});

export const Sizes = z.strictObject({
  edge: EdgeSize.prefault({}),
  routeApi: RouteApiSize.prefault({}),
  sync: SyncSize.prefault({}),
});
export type Sizes = z.infer<typeof Sizes>;
