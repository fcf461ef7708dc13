import { z } from "zod";
import { network } from "./network.ts";
import { count, seconds } from "./values.ts";

/** How failed logins delay later ones. */
export const Penalties = z.strictObject({
  firstSeconds: seconds
    .max(60)
    .default(2)
    .describe("Delay of the next login after one failure; each further failure doubles it."),
  maxSeconds: seconds.max(600).default(60).describe("Longest delay."),
  decaySeconds: seconds
    .default(900)
    .describe("Time without failures over which the delay decays to nothing."),
  exempt: z
    .array(network)
    .default([])
    .describe(
      "Addresses and ranges whose failures do not count, such as webmail servers and trusted networks.",
    ),
  announceFailures: count
    .default(6)
    .describe(
      "Failed logins of a client or a user after which the edge informs those on other hosts, so that they delay its logins too.",
    ),
  remembered: count
    .default(10_000)
    .describe(
      "Clients, users and wrong passwords to remember, of each; the least recent are forgotten first.",
    ),
});
export type Penalties = z.infer<typeof Penalties>;
