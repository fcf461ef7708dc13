import { z } from "zod";
import { count } from "./values.ts";

/** The console for support agents, at `/console` of the route API. */
export const ConsoleConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      "Serve the console at /console. It shows and does only what the token that was typed there may; without a support or admin token nobody can sign in.",
    ),
  sessionSeconds: count
    .max(86_400)
    .default(28_800)
    .describe("How long somebody stays signed in to the console: a shift."),
  signInsPerMinute: count
    .default(20)
    .describe("Attempts to sign in per minute from one address; further ones are answered with 429."),
  liveViews: count
    .default(64)
    .describe(
      "Pages that are kept current at the same time; others show what was true when they were opened.",
    ),
});
export type ConsoleConfig = z.infer<typeof ConsoleConfig>;
