import { z } from "zod";
import { SessionInfo } from "./sessions.ts";

/** Most sessions of one edge's answer. */
export const HISTORY_MAX = 100;
const text = z.string().max(320);

/** A failed login. */
export const FailedAttempt = z.object({
  /** Why, as in the log. */
  code: z.string().max(64),
  login: text.optional(),
  store: text.optional(),
  /** How far it got at the store. */
  progress: z.string().max(32).optional(),
  /** For the agent: what the store or the directory said. */
  detail: z.string().max(500).optional(),
});

/** A session that has ended, with its failed logins. */
export const PastSession = SessionInfo.omit({ stage: true }).extend({
  endedAt: z.iso.datetime(),
  /** How it ended, as in the log. */
  reason: z.string().max(32),
  failures: z.array(FailedAttempt),
});
export type PastSession = z.infer<typeof PastSession>;
