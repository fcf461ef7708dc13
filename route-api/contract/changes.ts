import { z } from "zod";
import { NAME_MAX_BYTES, name } from "./names.ts";

/**
 * A change that edges must learn of: an account whose route was written or removed, with every name that leads or led to
 * it; or `all`, if anything may have changed.
 */
export const Change = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("route"),
    uuid: z.string().min(1),
    account: name.max(NAME_MAX_BYTES),
    names: z.array(z.string()),
  }),
  z.object({ kind: z.literal("all") }),
]);
export type Change = z.infer<typeof Change>;

/** Longest cursor, in characters. */
const CURSOR_MAX = 64;
/** Longest wait of `GET /v1/changes`, in seconds. */
export const CHANGES_MAX_WAIT_SECONDS = 55;

/** Parameters of `GET /v1/changes?after=&wait=`. */
export const ChangesQuery = z.object({
  /** The cursor of the last response; without it the end of the feed is returned immediately. */
  after: z.string().max(CURSOR_MAX).optional(),
  /** How long to wait for a change if there is none yet, in seconds. */
  wait: z.coerce.number().min(0).max(CHANGES_MAX_WAIT_SECONDS).default(0),
});

/** Response of `GET /v1/changes`; as server-sent events, the data of an event whose id is the cursor. */
export const Changes = z.object({
  /** Where to continue; safe in a URL. */
  cursor: z
    .string()
    .regex(/^[!-~]+$/, "must be visible ASCII")
    .max(CURSOR_MAX),
  /** The feed no longer reaches back to `after`: every cached route may be outdated. */
  gap: z.boolean(),
  changes: z.array(Change),
});
export type Changes = z.infer<typeof Changes>;
