import { z } from "zod";
import { Why } from "./kicks.ts";

/** An entry that has no usable route. */
export const SkippedEntry = z.object({ place: z.string(), reason: z.string() });
export type SkippedEntry = z.infer<typeof SkippedEntry>;

/** A name that several entries claim: none of them can log in by it, nor anybody log in for them. */
export const AmbiguousName = z.object({ name: z.string(), dns: z.array(z.string()) });
export type AmbiguousName = z.infer<typeof AmbiguousName>;

/** Response of `GET /v1/sync`. Times are RFC 3339 in UTC. */
export const SyncStatus = z.object({
  state: z.enum([
    /** No sync has ever run on this table. */
    "never",
    /** Reading the whole directory. */
    "refreshing",
    /** Up to date; changes are applied as they happen. */
    "following",
    /** The same, but the server lacks changes that the table has from another one: it may not remove entries. */
    "behind",
    /** The same, but removals are on hold until the operator approves them. */
    "held",
    /** The last attempt failed; it will be repeated. */
    "failing",
    /** No sync is running. */
    "stopped",
  ]),
  /** Holder of the lease: host and process. */
  leader: z.string().optional(),
  directory: z.string().optional(),
  /** How changes are found: RFC 4533, polling for newer entries, full reads, or a file. */
  method: z.enum(["syncrepl", "delta", "compare", "file"]).optional(),
  /** How far the table is behind the directory, in seconds; absent if unknown. */
  lagSeconds: z.number().optional(),
  lastChangeAt: z.iso.datetime().optional(),
  lastFullRun: z
    .object({
      finishedAt: z.iso.datetime(),
      durationMs: z.number(),
      read: z.int(),
      written: z.int(),
      unchanged: z.int(),
      /** Entries of which the table has a newer version, which it keeps: the directory was restored, or lags behind. */
      older: z.int().default(0),
      removed: z.int(),
      /** References to other servers that were not followed: entries there are missing. */
      references: z.int().default(0),
    })
    .optional(),
  behind: z
    .object({
      server: z.string(),
      /** IDs of the servers whose changes it lacks; empty if it does not say what it has. */
      sids: z.array(z.string()),
      since: z.iso.datetime(),
    })
    .optional(),
  held: z
    .object({
      /** Identifies this hold; a release applies to one hold only. */
      id: z.string(),
      since: z.iso.datetime(),
      /** "server-behind": the server lacks changes that the table has from another one. */
      reason: z.enum(["too-many-removals", "canary-missing", "server-behind"]),
      wouldRemove: z.int(),
      of: z.int(),
      missingCanaries: z.array(z.string()),
      /** DNs of the first entries that would be removed. */
      entries: z.array(z.string()).default([]),
    })
    .optional(),
  /** Changes refused since the leader began because the table has newer versions; absent if there were none. */
  older: z.int().optional(),
  failure: z.object({ code: z.string(), message: z.string(), since: z.iso.datetime() }).optional(),
  skippedCount: z.int().default(0),
  /** The first of the skipped entries. */
  skipped: z.array(SkippedEntry).default([]),
  ambiguousCount: z.int().default(0),
  /** The first of the names that several entries claim: as a login name, as the account, or as the user at the store. */
  ambiguous: z.array(AmbiguousName).default([]),
});
export type SyncStatus = z.infer<typeof SyncStatus>;

export const SYNC_PATH = "/v1/sync";

/** Body of `POST /v1/sync/release`: approves the removals of one hold. */
export const ApprovalRequest = z.strictObject({ why: Why, hold: z.string().min(1).max(128) });

/** Response of `POST /v1/sync/release`. */
export const Approval = z.object({ wouldRemove: z.int(), of: z.int() });
export type Approval = z.infer<typeof Approval>;

export const SYNC_RELEASE_PATH = `${SYNC_PATH}/release`;
