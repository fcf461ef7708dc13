import { z } from "zod";
import { address, DnsConfig } from "./dns.ts";
import { hasHostBits, isIpv6, isNetwork } from "./ip-networks.ts";

const withoutHostBits = (text: string): boolean => !hasHostBits(text);
const HOST_BITS = "has bits behind its prefix: an address is not a network";

/** An IPv4 network in CIDR notation. */
export const network = z
  .string()
  .refine((text) => isNetwork(text) && !isIpv6(text), {
    error: "must be an IPv4 network such as 10.20.0.0/16",
    abort: true,
  })
  .refine(withoutHostBits, HOST_BITS);

/** A network of clients, IPv4 or IPv6. */
export const clientNetwork = z
  .string()
  .refine(isNetwork, { error: "must be a network such as 192.0.2.0/24 or 2001:db8::/32", abort: true })
  .refine(withoutHostBits, HOST_BITS);

/** Says of `clients` that a wide network is meant. */
export const wideClients = z
  .boolean()
  .default(false)
  .describe("Accept networks of a /8 (IPv6: a /16) and wider in clients.");

/** An id of EC2, such as vpc-0123456789abcdef0. */
export const resourceId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,}$`), `must be like ${prefix}-0123456789abcdef0`);

const Route = z.strictObject({
  destination: network.describe("Network outside the VPC."),
  transitGateway: resourceId("tgw")
    .optional()
    .describe("Transit gateway that leads there; the VPC is attached to it."),
  peering: resourceId("pcx").optional().describe("Existing peering connection."),
  virtualPrivateGateway: resourceId("vgw")
    .optional()
    .describe("Virtual private gateway; it is attached to the VPC."),
});

const zone = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "must be a zone such as eu-central-1a");

/** A VPC that the deployment creates. */
const NewNetwork = z.strictObject({
  cidr: network.default("10.40.0.0/16").describe("Address range of the VPC."),
  secondCidr: network
    .optional()
    .describe("A second range, for the private subnets; the first may then be as small as a /22."),
  zones: z
    .int()
    .min(2)
    .max(3)
    .default(2)
    .describe("Number of availability zones; each load balancer has a static address in each."),
  availabilityZones: z
    .array(zone)
    .optional()
    .describe("The zones, one for each of `zones`; by default the region's first. They are chosen once."),
  privateOnly: z
    .boolean()
    .default(false)
    .describe(
      "No public subnets and no internet gateway: load balancers are internal, and a route for 0.0.0.0/0 is the way out if one is needed.",
    ),
  natGateways: z
    .int()
    .min(0)
    .max(3)
    .default(0)
    .describe(
      "Number of NAT gateways: needed if stores, the directory or an identity provider are on the internet.",
    ),
  dualStack: z.boolean().default(false).describe("IPv6 as well as IPv4."),
  routes: z.array(Route).default([]).describe("Routes to stores and directory outside the VPC."),
  dns: DnsConfig.prefault({}),
});
export type NewNetwork = z.infer<typeof NewNetwork>;

const Endpoints = z.strictObject({
  routeTables: z
    .array(resourceId("rtb"))
    .min(1)
    .describe("Route tables of the private subnets, for the endpoints of DynamoDB and S3."),
});

const groups = z.array(resourceId("sg")).max(3, "must have at most 3 entries").default([]);

/** Security groups that are there already; a network interface has at most five. */
const SecurityGroups = z.strictObject({
  loadBalancers: groups.describe("Of all load balancers for clients."),
  edges: groups.describe("Of the hosts, or of the edges' tasks on Fargate."),
  routeApi: groups.describe("Of the route API's tasks."),
  sync: groups.describe("Of the sync's tasks."),
});

/** An existing VPC. Its private subnets must reach AWS's services through a NAT gateway or endpoints. */
const ExistingNetwork = z.strictObject({
  vpc: resourceId("vpc").describe("An existing VPC."),
  cidr: network.describe("Its address range."),
  secondCidr: network.optional().describe("Its second range, if it has one."),
  availabilityZones: z.array(z.string().min(1)).min(2).max(3).describe("Zones of its subnets."),
  publicSubnets: z
    .array(resourceId("subnet"))
    .max(3)
    .default([])
    .describe("Subnets of internet-facing load balancers: one per zone, in the same order."),
  privateSubnets: z
    .array(resourceId("subnet"))
    .min(2)
    .max(3)
    .describe("Subnets of hosts, tasks and internal load balancers: one per zone, in the same order."),
  endpoints: Endpoints.optional().describe(
    "Create the endpoints of AWS services, for a VPC that has neither these nor NAT gateways.",
  ),
  securityGroups: SecurityGroups.prefault({}).describe(
    "Existing security groups, beside those of the deployment.",
  ),
  dnsServers: z
    .array(address)
    .default([])
    .describe("DNS servers of its DHCP options, if it does not use Amazon's; tasks may then ask them."),
});
export type ExistingNetwork = z.infer<typeof ExistingNetwork>;

export const NetworkConfig = z.union([NewNetwork, ExistingNetwork]);
export type NetworkConfig = z.infer<typeof NetworkConfig>;

/** The address ranges of the VPC. */
export const rangesOf = ({ cidr, secondCidr }: NetworkConfig): string[] =>
  secondCidr === undefined ? [cidr] : [cidr, secondCidr];

/** Whether the deployment makes the endpoints of AWS services. */
export const makesEndpoints = (network: NetworkConfig): boolean =>
  !("vpc" in network) || network.endpoints !== undefined;

/** Whether a VPC of the deployment's own leads to the internet, by NAT gateways or by a route of the operator's. */
export const reachesInternet = ({ natGateways, routes }: NewNetwork): boolean =>
  natGateways > 0 || routes.some(({ destination }) => destination === EVERYWHERE);

export const EVERYWHERE = "0.0.0.0/0";
