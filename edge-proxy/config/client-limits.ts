import { z } from "zod";
import { network } from "./network.ts";
import { count, seconds } from "./values.ts";

/** Limits by client address and by user. All are off by default. */
export const clientLimits = {
  connectionsPerClient: count
    .optional()
    .describe(
      "Connections of one client at the same time: of an IPv4 address or an IPv6 /64. No limit by default; set none where a load balancer hides client addresses.",
    ),
  connectionsPerClientRanges: z
    .array(
      z.strictObject({
        range: network.describe("Range of client addresses."),
        connections: count.describe("Connections of each client in the range."),
      }),
    )
    .default([])
    .describe("Ranges with a limit of their own; the narrowest range that contains the client applies."),
  clientIpv4Bits: z
    .int()
    .min(8)
    .max(32)
    .default(32)
    .describe("Prefix length of the IPv4 addresses that count as one client."),
  clientIpv6Bits: z
    .int()
    .min(16)
    .max(128)
    .default(64)
    .describe("Prefix length of the IPv6 addresses that count as one client."),
  connectionsPerUser: count
    .optional()
    .describe("Sessions of one user at the same time. No limit by default."),
  loginsPerSecondPerClient: z
    .number()
    .positive()
    .optional()
    .describe("Login attempts of one client per second. No limit by default."),
  loginBurstSeconds: seconds
    .default(10)
    .describe("A client may make as many attempts at once as loginsPerSecondPerClient allows in this time."),
  rememberedClients: count
    .default(100_000)
    .describe("Clients whose login attempts are counted; the least recent ones are forgotten first."),
};
