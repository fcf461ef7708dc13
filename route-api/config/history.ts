import { z } from "zod";
import { count } from "./values.ts";

/** What the route store keeps of logins, for support. */
export const HistoryConfig = z.strictObject({
  days: z
    .int()
    .min(0)
    .max(3650)
    .default(30)
    .describe(
      "How long the route store keeps failed logins and the first successful login a day of each account, client network and protocol. 0: it keeps none.",
    ),
  recordsPerHour: count
    .max(100)
    .default(10)
    .describe("Most failed logins of one account kept per hour, and most successful ones."),
});
export type HistoryConfig = z.infer<typeof HistoryConfig>;
