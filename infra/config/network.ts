import { isIPv4 } from "node:net";
import { z } from "zod";

/** An IPv4 network in CIDR notation. */
export const network = z.string().refine(isNetwork, "must be an IPv4 network such as 10.20.0.0/16");

function isNetwork(text: string): boolean {
  const [address = "", prefix = "", ...more] = text.split("/");
  return more.length === 0 && isIPv4(address) && /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32;
}

const id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,}$`), `must be like ${prefix}-0123456789abcdef0`);

const Route = z.strictObject({
  destination: network.describe("Network that lies outside of the VPC."),
  transitGateway: id("tgw")
    .optional()
    .describe("Transit gateway that leads there; the VPC is attached to it."),
  peering: id("pcx").optional().describe("Peering connection, which is there already."),
  virtualPrivateGateway: id("vgw").optional().describe("Virtual private gateway; it is attached to the VPC."),
});

/** A VPC of the deployment's own. */
const NewNetwork = z.strictObject({
  cidr: network.default("10.40.0.0/16").describe("Addresses of the VPC."),
  zones: z
    .int()
    .min(2)
    .max(3)
    .default(2)
    .describe("Availability zones; each has a static address of the load balancer."),
  natGateways: z
    .int()
    .min(0)
    .max(3)
    .default(0)
    .describe("Needed where stores, the directory or an identity provider are on the internet."),
  dualStack: z.boolean().default(false).describe("IPv6 beside IPv4."),
  routes: z.array(Route).default([]).describe("Ways to stores and directory outside of the VPC."),
});
export type NewNetwork = z.infer<typeof NewNetwork>;

/** A VPC that is there. Its private subnets must reach AWS's services: by a NAT gateway, or by endpoints. */
const ExistingNetwork = z.strictObject({
  vpc: id("vpc").describe("A VPC that is there."),
  cidr: network.describe("Its addresses."),
  availabilityZones: z.array(z.string().min(1)).min(2).max(3).describe("Zones of its subnets."),
  publicSubnets: z
    .array(id("subnet"))
    .min(2)
    .max(3)
    .describe("One a zone, in the same order: for load balancers."),
  privateSubnets: z
    .array(id("subnet"))
    .min(2)
    .max(3)
    .describe("One a zone, in the same order: for hosts and tasks."),
});
export type ExistingNetwork = z.infer<typeof ExistingNetwork>;

export const NetworkConfig = z.union([NewNetwork, ExistingNetwork]);
export type NetworkConfig = z.infer<typeof NetworkConfig>;
