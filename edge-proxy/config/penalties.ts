import { z } from "zod";
import { network } from "./network.ts";
import { count, seconds } from "./values.ts";

/** What failed logins cost later ones. */
export const Penalties = z.strictObject({
  firstSeconds: seconds
    .max(60)
    .default(2)
    .describe("Delay of the next login after one wrong password; each further one doubles it."),
  maxSeconds: seconds.max(600).default(60).describe("Longest delay."),
  decaySeconds: seconds
    .default(900)
    .describe("The delay shrinks by itself, and is gone after this time without another wrong password."),
  exempt: z
    .array(network)
    .default([])
    .describe("Addresses and ranges whose wrong passwords do not count, such as those of a webmail server."),
  remembered: count
    .default(10_000)
    .describe("Clients, users and wrong passwords that are remembered, each; the oldest is forgotten first."),
});
export type Penalties = z.infer<typeof Penalties>;
