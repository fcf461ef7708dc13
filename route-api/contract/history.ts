import { z } from "zod";
import { Why } from "./kicks.ts";
import { EdgesAsked, SessionInfo } from "./sessions.ts";

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

/** Reason of a session of which only the route store knows. */
export const REASON_NOT_KNOWN = "not-known";

/** A session that has ended, with its failed logins; or what the route store keeps of a session that no edge remembers. */
export const PastSession = SessionInfo.omit({ stage: true }).extend({
  /** Where only the route store knows of it: when its last login that was kept failed or succeeded. */
  endedAt: z.iso.datetime(),
  /** How it ended, as in the log; `not-known` where only the route store knows of it, which counts no bytes either. */
  reason: z.string().max(32),
  failures: z.array(FailedAttempt),
});
export type PastSession = z.infer<typeof PastSession>;

/** Body of `DELETE /v1/users/{login}/history`. */
export const ForgetRequest = z.strictObject({ why: Why });

/** Response of `DELETE /v1/users/{login}/history`. */
export const Forgotten = z.object({
  /** Logins that the route store kept. */
  logins: z.int(),
  /** Ended sessions that edges remembered. */
  sessions: z.int(),
  edges: EdgesAsked,
});
export type Forgotten = z.infer<typeof Forgotten>;

export const historyPath = (login: string): string => `/v1/users/${encodeURIComponent(login)}/history`;
