import { count, seconds } from "./values.ts";

/** How much of the edge one store may take up, and when one of its hosts is skipped. */
export const storeLimits = {
  attempts: count.default(256).describe("Logins in progress at the store at the same time; others queue."),
  attemptWaitSeconds: seconds
    .default(5)
    .describe("Longest time a login may queue; after that it fails with a temporary error."),
  sessions: count
    .optional()
    .describe(
      "Sessions and logins in progress at the store at the same time; others fail with a temporary error. No limit by default.",
    ),
  breakerFailures: count
    .default(5)
    .describe(
      "Consecutive failures after which a host of the store is skipped: failed connections, and later failures if they come from more than one client.",
    ),
  breakerOpenSeconds: seconds
    .default(5)
    .describe("How long a failed host is skipped, give or take a quarter; then one login tries it again."),
  adminProbeSeconds: seconds
    .default(86_400)
    .describe(
      "How long a store that was seen to obey SASL's authorisation id is trusted with it; then it is tried again before the next login on a user's behalf.",
    ),
  adminProbeRetrySeconds: seconds
    .default(600)
    .describe(
      "The same for a store that ignores the authorisation id, or whose test account could not tell.",
    ),
  lostSessionsSeconds: seconds
    .max(300)
    .default(10)
    .describe(
      "Time over which clients are disconnected when many sessions of the store are lost at once, so that they do not all reconnect together.",
    ),
};
