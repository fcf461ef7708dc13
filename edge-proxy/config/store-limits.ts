import { count, seconds } from "./values.ts";

/** How much of the edge one store may take up, and when it is given up. Each edge counts its own. */
export const storeLimits = {
  attempts: count.default(256).describe("Logins under way at the store at once; more wait for their turn."),
  attemptWaitSeconds: seconds
    .default(5)
    .describe("Longest wait of a login for its turn; then it fails for now."),
  sessions: count
    .optional()
    .describe("Sessions and logins under way at the store at once; more fail for now. No limit by default."),
  breakerFailures: count
    .default(5)
    .describe(
      "Failed connections in a row after which a host of the store is skipped. Failures after connecting count only if they come from several clients.",
    ),
  breakerOpenSeconds: seconds.default(5).describe("How long it is skipped, about; then one login tries it."),
  lostSessionsSeconds: seconds
    .max(300)
    .default(10)
    .describe(
      "Where many sessions of the store are lost at once, their clients are disconnected spread over this time, so that they do not all return together.",
    ),
};
