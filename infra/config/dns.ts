import { isIPv4 } from "node:net";
import { z } from "zod";

export const address = z.string().refine(isIPv4, "must be an IPv4 address");

const Forwarded = z.strictObject({
  domain: z
    .string()
    .regex(/^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "must be a domain")
    .describe("Domain whose names the data centre's DNS servers know, with all below it."),
  servers: z
    .array(address)
    .min(1)
    .max(6, "must have at most 6 entries")
    .describe("Addresses of those DNS servers; a route must lead there."),
});

/** How names of the data centre are resolved in a VPC of the deployment's own. */
export const DnsConfig = z.strictObject({
  forward: z
    .array(Forwarded)
    .default([])
    .describe("Domains for the data centre's DNS servers, by a Route 53 Resolver endpoint that is created."),
  rules: z
    .array(z.string().regex(/^rslvr-rr-[0-9a-z]+$/, "must be like rslvr-rr-0123456789abcdef0"))
    .default([])
    .describe("Existing Resolver rules for the VPC, for example shared by your network team."),
});
export type DnsConfig = z.infer<typeof DnsConfig>;
