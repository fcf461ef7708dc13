import { z } from "zod";
import { SyncStatus } from "../contract/sync-status.ts";

/** Names of the sync's documents in the route store. */
export const DOCUMENTS = {
  /** Who leads, and how far the table is: only the holder can change it. */
  lease: "sync",
  /** What `GET /v1/sync` shows. */
  status: "sync-status",
  /** The operator's word that removals may go on. */
  release: "sync-release",
} as const;

export const Held = SyncStatus.shape.held.unwrap();
export type Held = z.infer<typeof Held>;

/** What the sync must not forget: it goes from leader to leader. */
export const SyncNotes = z.object({
  /** Where the source goes on: all before it is in the table and announced. */
  cursor: z.string().optional(),
  /** Entries in the table after the last full reading. */
  entries: z.int().default(0),
  /** Removals wait. Only a full reading ends this: what went meanwhile was not removed. */
  held: Held.optional(),
});
export type SyncNotes = z.infer<typeof SyncNotes>;

export const LeaseDocument = z.object({
  /** Null: the last holder gave it back, and left nothing half done. */
  holder: z.string().nullable(),
  notes: SyncNotes,
});
export type LeaseDocument = z.infer<typeof LeaseDocument>;

export const ReleaseDocument = z.object({
  /** The hold that is meant. */
  id: z.string(),
  /** Removals that the operator saw would happen: a full reading may remove as many. */
  wouldRemove: z.int(),
  /** RFC 3339. */
  at: z.string(),
});
export type ReleaseDocument = z.infer<typeof ReleaseDocument>;
