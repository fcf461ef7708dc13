import { z } from "zod";
import { bytes, count, seconds } from "./values.ts";

/** No login may take longer than this, so there is no point in a longer wait. */
export const LOOKUP_MAX_SECONDS = 60;

const secondsOrNone = z.number().min(0);

/** How long an instance keeps routes, and how it asks for them. */
export const RouteCacheConfig = z.strictObject({
  freshSeconds: secondsOrNone
    .default(60)
    .describe(
      "How long a cached route is used without a look-up while the change feed is down; 0 looks it up at every login.",
    ),
  followedSeconds: secondsOrNone
    .default(3600)
    .describe("The same while the change feed is up: a route that changes leaves the cache at once."),
  feedSilentSeconds: seconds
    .default(10)
    .describe("The change feed counts as down once it has been silent for this long."),
  staleSeconds: secondsOrNone
    .default(86_400)
    .describe(
      "How long an expired route is still used after that, while it is refreshed or the route API is unavailable.",
    ),
  negativeSeconds: secondsOrNone.default(5).describe("How long an unknown or ambiguous name is cached."),
  bytes: bytes
    .min(65_536)
    .default(67_108_864)
    .describe("Approximate size of the cache; the least recently used routes leave it first."),
  lookupSeconds: seconds
    .max(LOOKUP_MAX_SECONDS)
    .default(3)
    .describe("Longest time that a login waits for the route API, over all its addresses."),
  replicaSeconds: secondsOrNone
    .max(LOOKUP_MAX_SECONDS)
    .default(2)
    .describe(
      "How long a login waits, within lookupSeconds, for a change that was announced but has not reached the table's replica in the route API's region. After that the account's earlier route is used once, not cached.",
    ),
  circuitFailures: count
    .default(5)
    .describe("Look-ups in a row that must fail, at every address, before look-ups are paused."),
  circuitOpenSeconds: seconds
    .default(5)
    .describe(
      "How long look-ups are paused, give or take a fifth; meanwhile logins use expired routes or fail at once.",
    ),
  recoverySeconds: secondsOrNone
    .default(20)
    .describe(
      "After an outage of the route API, stale routes are used without a refresh for this long, half of it random: by then the change feed has said which of them are still right.",
    ),
});
export type RouteCacheConfig = z.infer<typeof RouteCacheConfig>;
