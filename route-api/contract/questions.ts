import { z } from "zod";

/** What one question may say beside its kind, in characters. */
const SELECTION_MAX = 320;

/** A question that edges answer from their memory. An edge ignores kinds that it does not know. */
export const Question = z.object({
  /** An edge that has answered it before repeats its answer. */
  id: z.string().regex(/^[\w-]{1,64}$/),
  /** What is asked, such as `kick`. */
  ask: z.string().regex(/^[a-z-]{1,32}$/),
  /** What it is about, such as `account`. */
  selection: z.record(z.string().max(32), z.string().max(SELECTION_MAX)),
  /** How long answers are waited for, in milliseconds. */
  ttlMs: z.int().min(1),
});
export type Question = z.infer<typeof Question>;
