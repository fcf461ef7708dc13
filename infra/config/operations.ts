import { z } from "zod";

/** The table of routes. */
export const DataConfig = z.strictObject({
  table: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/)
    .default("mmp-routes")
    .describe("Its name; after a restore, that of the new table."),
  existing: z
    .boolean()
    .default(false)
    .describe("The table is there already: a restored one, or a replica of another region's."),
  replicas: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region"))
    .default([])
    .describe("Regions with a copy (global table); needs environment.region."),
  warmWritesPerSecond: z
    .int()
    .min(4000)
    .max(1_000_000)
    .optional()
    .describe("Warm throughput before a first load of millions of entries."),
});

/** Who hears when something is wrong, and from when on it is. */
export const AlarmConfig = z.strictObject({
  email: z.array(z.email()).min(1).describe("Who hears of alarms; each confirms by a link first."),
  failedLogins: z.int().min(1).default(500).describe("Failed logins of any reason in 5 minutes."),
  storeFailures: z
    .int()
    .min(1)
    .default(50)
    .describe("Logins in 5 minutes that failed because a store, or the way to it, did."),
  routeFailures: z
    .int()
    .min(1)
    .default(10)
    .describe("Logins in 5 minutes that failed because the route API did."),
  syncLagSeconds: z
    .int()
    .min(5)
    .default(120)
    .describe("Age of what the directory said and the table does not."),
  apiErrors: z.int().min(1).default(20).describe("5xx answers of the route API in 5 minutes."),
  sessionDropPercent: z
    .int()
    .min(5)
    .max(100)
    .default(30)
    .describe("Share of the live sessions that went within 5 minutes."),
  certificateDays: z.int().min(1).default(21).describe("Days before the first certificate ends."),
});

export const LogConfig = z.strictObject({
  days: z.literal([7, 14, 30, 60, 90, 180, 365]).default(30).describe("Days after which log lines go."),
});

/** The image: a repository of the account's registry and a digest or tag in it, or any registry's name. */
export const ImageConfig = z.union([
  z.strictObject({
    repository: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_./-]+$/)
      .describe("Repository in ECR, in the account and region of the deployment."),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits")
      .optional()
      .describe("Which image: by digest, or by tag."),
    tag: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/)
      .optional()
      .describe("The same by tag."),
  }),
  z.strictObject({ uri: z.string().min(1).describe("Image of any registry: registry/name@sha256:…") }),
]);
export type ImageConfig = z.infer<typeof ImageConfig>;
