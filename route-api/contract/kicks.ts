import { z } from "zod";
import { EdgesAsked } from "./sessions.ts";

/** Longest reason, in characters. */
export const WHY_MAX_CHARACTERS = 200;
/** Why an action was taken, or a ticket number; goes to the audit. */
export const Why = z.string().trim().min(1).max(WHY_MAX_CHARACTERS);

/** Longest time over which sessions of a store are ended, in seconds. */
export const KICK_MAX_SECONDS = 3600;

/** Body of `POST /v1/users/{login}/kick` and `DELETE /v1/sessions/{sid}`. */
export const KickRequest = z.strictObject({ why: Why });

/** Body of `POST /v1/stores/{store}/kick`. */
export const StoreKickRequest = z.strictObject({
  why: Why,
  /** The sessions end evenly over this time, so that not all come back at once. */
  overSeconds: z.number().min(0).max(KICK_MAX_SECONDS).default(0),
});

/** Response to a kick. */
export const Kicked = z.object({
  /** Sessions that were ended, or will be. */
  kicked: z.int(),
  edges: EdgesAsked,
});
export type Kicked = z.infer<typeof Kicked>;
