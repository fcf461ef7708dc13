import { z } from "zod";
import { NAME_MAX_BYTES, name } from "./names.ts";

/**
 * Something that edges must hear of: an account whose route was written or removed, with every name that leads to it
 * or did; or that anything may have changed.
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

/** Longest cursor of the feed, in characters. */
const CURSOR_MAX = 64;
/** Longest wait of `GET /v1/changes`, in seconds. */
export const CHANGES_MAX_WAIT_SECONDS = 55;

/** Parameters of `GET /v1/changes?after=&wait=`. */
export const ChangesQuery = z.object({
  /** The cursor of the last answer; without it the answer is the end of the feed, at once. */
  after: z.string().max(CURSOR_MAX).optional(),
  /** How long to wait for a change where there is none yet, in seconds. */
  wait: z.coerce.number().min(0).max(CHANGES_MAX_WAIT_SECONDS).default(0),
});

/** Answer of `GET /v1/changes`; as server-sent events each is the data of one event, with the cursor as its id. */
export const Changes = z.object({
  /** Where the feed goes on; it comes back in a URL. */
  cursor: z
    .string()
    .regex(/^[!-~]+$/, "must be visible ASCII")
    .max(CURSOR_MAX),
  /** The feed no longer reaches back to `after`: whoever keeps routes must ask anew for each. */
  gap: z.boolean(),
  changes: z.array(Change),
});
export type Changes = z.infer<typeof Changes>;
