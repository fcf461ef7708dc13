import { z } from "zod";
import { network } from "./network.ts";
import { count, seconds } from "./values.ts";

/** Limits that go by the client's address or user; all off unless they are set. */
export const clientLimits = {
  connectionsPerClient: count
    .optional()
    .describe(
      "Connections of one client at once: of an IPv4 address, or of an IPv6 /64 (see clientIpv4Bits, clientIpv6Bits). No limit by default: behind a balancer that hides addresses all clients would be one.",
    ),
  connectionsPerClientRanges: z
    .array(
      z.strictObject({
        range: network.describe("Addresses, such as 10.0.0.0/8."),
        connections: count.describe("Connections of each client in the range."),
      }),
    )
    .default([])
    .describe("Ranges whose clients have another limit; the narrowest that applies counts."),
  clientIpv4Bits: z
    .int()
    .min(8)
    .max(32)
    .default(32)
    .describe("Leading bits of an IPv4 address that tell one client from another."),
  clientIpv6Bits: z.int().min(16).max(128).default(64).describe("The same for IPv6."),
  connectionsPerUser: count.optional().describe("Sessions of one user at once. No limit by default."),
  loginsPerSecondPerClient: z
    .number()
    .positive()
    .optional()
    .describe("Logins of one client per second, right or wrong. No limit by default."),
  loginBurstSeconds: seconds
    .default(10)
    .describe(
      "A client that has not logged in for a while may make as many logins at once as it could have made in this time.",
    ),
  rememberedClients: count
    .default(100_000)
    .describe(
      "Clients whose rate of logins is remembered; the one that logged in least recently is forgotten first.",
    ),
};
