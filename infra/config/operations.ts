import { z } from "zod";
import { kmsKey } from "./kms-key.ts";
import { Receiver } from "./receivers.ts";

/** The route table. */
export const DataConfig = z.strictObject({
  table: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/)
    .default("mmp-routes")
    .describe("Name of the table; after a restore, that of the new one."),
  existing: z
    .boolean()
    .default(false)
    .describe("Use a table that exists: a restored one, or a replica of another region's."),
  replicas: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region"))
    .default([])
    .describe("Regions with a replica (global table); needs environment.region."),
  kmsKey: kmsKey
    .optional()
    .describe(
      "ARN of the customer-managed KMS key that encrypts the table; by default a key of AWS's own does. Needs environment.region.",
    ),
  warmWritesPerSecond: z
    .int()
    .min(4000)
    .max(1_000_000)
    .optional()
    .describe("Warm throughput, for a first load of millions of entries."),
});

/** Who is notified of alarms, and the thresholds. */
export const AlarmConfig = z.strictObject({
  email: z
    .array(z.email())
    .default([])
    .describe("Addresses to notify; each must confirm the subscription first."),
  receivers: z
    .array(Receiver)
    .default([])
    .describe("Others to notify, by any protocol of SNS but http, which is not encrypted."),
  kmsKey: kmsKey
    .optional()
    .describe(
      "ARN of the customer-managed KMS key that encrypts alarms at rest; CloudWatch must be allowed to use it.",
    ),
  failedLogins: z.int().min(1).default(500).describe("Failed logins in 5 minutes, for any reason."),
  storeFailures: z
    .int()
    .min(1)
    .default(50)
    .describe("Logins in 5 minutes that failed because a store was unreachable or failed."),
  routeFailures: z
    .int()
    .min(1)
    .default(10)
    .describe("Logins in 5 minutes that failed because the route API was unavailable."),
  syncLagSeconds: z.int().min(5).default(120).describe("How far the table may lag behind the directory."),
  apiErrors: z.int().min(1).default(20).describe("5xx responses of the route API in 5 minutes."),
  sessionDropPercent: z
    .int()
    .min(5)
    .max(100)
    .default(30)
    .describe("Share of live sessions that ended within 5 minutes."),
  loginSeconds: z
    .number()
    .min(0.1)
    .default(5)
    .describe("Time within which an edge should finish 99 of 100 logins, in seconds."),
  feedAgeSeconds: z
    .int()
    .min(30)
    .default(120)
    .describe("Time for which an edge may hear nothing of the route API's change feed."),
  certificateDays: z.int().min(1).default(21).describe("Days before the first certificate expires."),
});

/** What CloudWatch offers. */
const RETENTION_DAYS = [
  ...[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
];

export const LogConfig = z.strictObject({
  days: z.literal(RETENTION_DAYS).default(30).describe("Log retention."),
  exportTo: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:(firehose:[a-z0-9-]+:\d{12}:deliverystream\/|kinesis:[a-z0-9-]+:\d{12}:stream\/|logs:[a-z0-9-]+:\d{12}:destination:)\S+$/,
      "must be the ARN of a Firehose stream, a Kinesis stream or another account's log destination",
    )
    .optional()
    .describe(
      "Where the logs of edges, route API and sync are sent as well, line by line: the ARN of a Firehose stream, for example into S3, of a Kinesis stream, or of another account's log destination.",
    ),
  kmsKey: kmsKey
    .optional()
    .describe(
      "ARN of the customer-managed KMS key that encrypts the logs; CloudWatch Logs must be allowed to use it.",
    ),
  routeApiLevel: z
    .enum(["info", "debug"])
    .default("info")
    .describe(
      "info logs requests of support agents and programs, and failed ones; debug those of edges as well.",
    ),
});
