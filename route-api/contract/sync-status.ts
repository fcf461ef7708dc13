import { z } from "zod";

/** An entry that the sync cannot use. */
export const SkippedEntry = z.object({ place: z.string(), reason: z.string() });
export type SkippedEntry = z.infer<typeof SkippedEntry>;

/** Answer of `GET /v1/sync`. Times are RFC 3339 in UTC. */
export const SyncStatus = z.object({
  state: z.enum([
    /** No sync has ever run on this table. */
    "never",
    /** Reading the directory whole. */
    "refreshing",
    /** Told of each change, or asking for them. */
    "following",
    /** As before, but removals wait for the operator's word. */
    "held",
    /** The last attempt failed; it is tried again. */
    "failing",
    /** Nobody holds the lease. */
    "stopped",
  ]),
  /** Who holds the lease: host and process. */
  leader: z.string().optional(),
  directory: z.string().optional(),
  /** How changes come: by RFC 4533, by asking for newer entries, by comparing all, or from a file. */
  method: z.enum(["syncrepl", "delta", "compare", "file"]).optional(),
  /** Age of the oldest change of the directory that the table lacks, in seconds; 0 when level; absent when unknown. */
  lagSeconds: z.number().optional(),
  lastChangeAt: z.iso.datetime().optional(),
  lastFullRun: z
    .object({
      finishedAt: z.iso.datetime(),
      durationMs: z.number(),
      read: z.int(),
      written: z.int(),
      unchanged: z.int(),
      /** Entries of which the table has newer versions, which it keeps: the directory was set back, or lags. */
      older: z.int().default(0),
      removed: z.int(),
    })
    .optional(),
  held: z
    .object({
      /** Names this hold: a release of another one does not count. */
      id: z.string(),
      since: z.iso.datetime(),
      reason: z.enum(["too-many-removals", "canary-missing"]),
      wouldRemove: z.int(),
      of: z.int(),
      missingCanaries: z.array(z.string()),
    })
    .optional(),
  failure: z.object({ code: z.string(), message: z.string(), since: z.iso.datetime() }).optional(),
  skippedCount: z.int().default(0),
  /** The first of them. */
  skipped: z.array(SkippedEntry).default([]),
});
export type SyncStatus = z.infer<typeof SyncStatus>;
