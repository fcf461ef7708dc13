import { z } from "zod";
import { SyncStatus } from "../contract/sync-status.ts";
import { RELEASE_DOCUMENT } from "../store/keys.ts";

/** Names of the sync's documents in the route store. */
export const DOCUMENTS = {
  /** The holder of the lease and its notes; only the holder changes it. */
  lease: "sync",
  /** What `GET /v1/sync` shows. */
  status: "sync-status",
  /** The operator's approval of removals. */
  release: RELEASE_DOCUMENT,
  /** The entries whose removal is on hold. */
  heldSet: "sync-held-set",
} as const;

export const Held = SyncStatus.shape.held.unwrap();
export type Held = z.infer<typeof Held>;

/** State that passes from leader to leader. */
export const SyncNotes = z.object({
  /** Where the source resumes: everything before it is in the table and announced. */
  cursor: z.string().optional(),
  /** Entries in the table after the last full read, without those that were removed since. */
  entries: z.int().default(0),
  /** Changes that the table has, from whatever server: the latest CSN of each server that made changes. */
  csns: z.array(z.string()).optional(),
  /** The server that the table was last read from. */
  server: z.string().optional(),
  /** Recent removals, by milliseconds since 1970: the guard counts them whoever leads. */
  removed: z.array(z.object({ atMs: z.number(), removed: z.int() })).optional(),
  /** Removals are on hold. Only a full read ends this, since deletions reported meanwhile were not applied. */
  held: Held.optional(),
});
export type SyncNotes = z.infer<typeof SyncNotes>;

export const LeaseDocument = z.object({
  /** Null: the last holder released it and left nothing unfinished. */
  holder: z.string().nullable(),
  /** Greater with each new holder. */
  epoch: z.int().default(0),
  notes: SyncNotes,
});
export type LeaseDocument = z.infer<typeof LeaseDocument>;

export const ReleaseDocument = z.object({
  /** The hold that is approved. */
  id: z.string(),
  /** The number of removals shown to the operator; a full read may make as many. */
  wouldRemove: z.int(),
  /** RFC 3339. */
  at: z.string(),
});
export type ReleaseDocument = z.infer<typeof ReleaseDocument>;
