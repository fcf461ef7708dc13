import { z } from "zod";
import { kmsKey } from "./kms-key.ts";

const cpu = z.literal([256, 512, 1024, 2048, 4096]);
const count = z.int().min(1).max(1000);
const units = "CPU units of a task; 1024 are one core.";
const memory = "Memory of a task.";
const fewest = count.describe("Minimum.");
const most = count.describe("Maximum.");

const instanceType = z.string().regex(/^[a-z0-9-]+\.[a-z0-9]+$/, "must be like m7g.large");

/** Six fields, of which AWS wants the day of the month or that of the week to be a question mark. */
const CRON = /^(\S+\s+){2}(\?\s+\S+\s+\S+|\S+\s+\S+\s+\?)\s+\S+$/;

const Scheduled = z.strictObject({
  cron: z
    .string()
    .regex(CRON, "must be minute, hour, day of month, month, day of week, year, one of the days a ?")
    .describe("When, as AWS's cron expression: 0 7 ? * MON-FRI *"),
  timeZone: z.string().refine(isTimeZone, "must be a time zone such as Europe/Berlin").default("UTC"),
  min: count.describe("Minimum of tasks from then on."),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Settings of an instance's tasks. */
const TASKS = {
  capacity: z
    .enum(["ec2", "fargate"])
    .describe("fargate: no hosts to manage, but drains of at most 110 seconds."),
  cpu: cpu.describe("CPU units of a task; 1024 are one core. On hosts a share, on Fargate a limit."),
  memoryMiB: z.int().min(256).max(30_720).describe(memory),
  sessionsPerTask: z.int().min(10).describe("Average sessions per task above which tasks are added."),
  cpuPercent: z.int().min(10).max(90).describe("Average CPU use above which tasks are added."),
  drainSeconds: z.int().min(10).max(9000).describe("Time over which a stopping edge ends its sessions."),
  deregistrationSeconds: z
    .int()
    .min(0)
    .max(3600)
    .describe("Time before the drain in which it keeps its sessions but gets no new ones."),
  schedule: z
    .array(Scheduled)
    .describe("Minimums by time of day, for a load that is known; tasks.min applies until the first."),
};
const MAXIMUM_PERCENT = z
  .int()
  .min(110)
  .max(200)
  .describe("Most tasks during a deployment, in percent; with less than 200 they are replaced in waves.");
const tasksText = "Tasks per service; an instance has one service for every five ports.";

/** Use of the hosts at which one is added; the rest is room for the next deployment. */
export const HOST_TARGET_PERCENT = 90;

/** Hosts of the edge, and the tasks of each instance. */
export const EdgeSize = z.strictObject({
  architecture: z
    .enum(["arm64", "x86_64"])
    .default("arm64")
    .describe("arm64 (Graviton) does the same work for less."),
  instanceType: instanceType.default("m7g.large").describe("EC2 instance type of the hosts."),
  otherInstanceTypes: z
    .array(instanceType)
    .max(9, "must have at most 9 entries")
    .default([])
    .describe("Types to use, in this order, where a zone has no more of instanceType."),
  spot: z
    .boolean()
    .refine(
      (wanted) => !wanted,
      "must be false: AWS takes a Spot host back at two minutes' notice, too short to drain its sessions",
    )
    .default(false)
    .describe("Spot capacity, which is refused: a host would go before its sessions have drained."),
  ami: z
    .string()
    .regex(
      /^(ami-[0-9a-f]{8,}|(\/[A-Za-z0-9_.-]+)+)$/,
      "must be the id of an AMI, or the name of an SSM parameter",
    )
    .optional()
    .describe(
      "AMI of the hosts, made from Amazon Linux 2023 for ECS: an id, or an SSM parameter that holds one; by default Amazon's latest.",
    ),
  diskGiB: z.int().min(30).max(16_384).default(30).describe("Disk of a host, for images only."),
  diskKmsKey: kmsKey
    .optional()
    .describe(
      "ARN of the customer-managed KMS key that encrypts the hosts' disks; by default a key of AWS's own does.",
    ),
  host: z
    .strictObject({
      cores: z.int().min(1).describe("Its virtual CPUs."),
      memoryMiB: z.int().min(1024).describe("Its memory."),
    })
    .optional()
    .describe("What the smallest host has, where an instance type is not known here."),
  hosts: z.strictObject({ min: fewest.default(2), max: most.default(20) }).prefault({}),
  capacity: TASKS.capacity.default("ec2"),
  tasks: z
    .strictObject({ min: fewest.default(4), max: most.default(32) })
    .prefault({})
    .describe(tasksText),
  cpu: TASKS.cpu.default(256),
  memoryMiB: TASKS.memoryMiB.default(1024),
  sessionsPerTask: TASKS.sessionsPerTask.default(10_000),
  cpuPercent: TASKS.cpuPercent.default(60),
  drainSeconds: TASKS.drainSeconds.default(900),
  deregistrationSeconds: TASKS.deregistrationSeconds.default(300),
  maximumPercent: MAXIMUM_PERCENT.default(200),
  schedule: TASKS.schedule.default([]),
});
export type EdgeSize = z.infer<typeof EdgeSize>;

/** What one instance has other than `sizes.edge`. */
const InstanceSize = z
  .strictObject({
    ...TASKS,
    maximumPercent: MAXIMUM_PERCENT,
    tasks: z.strictObject({ min: fewest, max: most }).describe(tasksText),
  })
  .partial();

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
  instances: z
    .record(z.string(), InstanceSize)
    .default({})
    .describe("Sizes of single instances, where they differ from `edge`."),
  routeApi: RouteApiSize.prefault({}),
  sync: SyncSize.prefault({}),
});
export type Sizes = z.infer<typeof Sizes>;

/** The sizes of one instance. */
export const sizeOf = ({ edge, instances }: Sizes, instance: string): EdgeSize => ({
  ...edge,
  ...(instances[instance] as Partial<EdgeSize> | undefined),
});

/** Whether an instance runs on hosts, so that there must be some. */
export const usesHosts = (sizes: Sizes, instances: readonly string[]): boolean =>
  instances.some((instance) => sizeOf(sizes, instance).capacity === "ec2");
