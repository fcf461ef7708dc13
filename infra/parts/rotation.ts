/** Refresh periods that a new token waits before edges get it: a refresh may come a tenth of a period late. */
const LEAD_PERIODS = 1.3;
/** Refresh periods for which the old token is still accepted after that; edges need a good one. */
const OVERLAP_PERIODS = 3;
/** A function of AWS Lambda runs for 15 minutes at most; this leaves it a minute for its calls, in seconds. */
const STEP_SECONDS_MAX = 840;

/** How long a rotation waits, in seconds: before edges get the new token, and before the old one is revoked. */
export const rotationWaits = (refreshSeconds: number): { wait: number; revoke: number } => ({
  wait: Math.ceil(refreshSeconds * LEAD_PERIODS),
  revoke: Math.min(refreshSeconds * OVERLAP_PERIODS, STEP_SECONDS_MAX),
});
