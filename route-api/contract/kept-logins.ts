import { z } from "zod";
import { FailedAttempt } from "./history.ts";
import { SessionInfo } from "./sessions.ts";

/** Most logins of one batch. */
export const KEPT_BATCH_MAX = 100;

/**
 * A login that the route store keeps: one that failed, or the first of an account, client network and protocol on a day
 * (UTC). Only logins whose name led to an account are kept.
 */
export const KeptLogin = SessionInfo.omit({
  stage: true,
  bytesFromClient: true,
  bytesFromStore: true,
}).extend({
  account: z.string().min(1).max(320),
  /** The client's network: an IPv4 /24, an IPv6 /48. */
  network: z.string().min(1).max(64),
  /** When the login failed or succeeded. */
  at: z.iso.datetime(),
  /** Absent if it succeeded. */
  failure: FailedAttempt.optional(),
});
export type KeptLogin = z.infer<typeof KeptLogin>;

/** Body of `PUT /v1/edges/{edge}/logins/{batch}`. */
export const KeptLogins = z.object({ logins: z.array(KeptLogin).min(1).max(KEPT_BATCH_MAX) });
export type KeptLogins = z.infer<typeof KeptLogins>;

/** Name of a batch: a repeated one has no second effect. */
export const BatchId = z.string().regex(/^[\w-]{1,64}$/);

export const keptLoginsPath = (edge: string, batch: string): string =>
  `/v1/edges/${encodeURIComponent(edge)}/logins/${batch}`;
