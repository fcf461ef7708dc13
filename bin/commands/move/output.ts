import { z } from "zod";

/** What `mmp move --json` prints. */
export const MoveOutput = z.object({
  account: z.string(),
  /** Stores. */
  from: z.string(),
  to: z.string(),
  /** Sessions that were ended. */
  ended: z.int(),
  /** How long new logins have waited at most. */
  seconds: z.number(),
});
export type MoveOutput = z.infer<typeof MoveOutput>;
