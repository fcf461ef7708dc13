import { z } from "zod";
import { address } from "./dns.ts";
import { clientNetwork, resourceId, wideClients } from "./network.ts";

const Listener = z.strictObject({
  port: z.int().min(1).max(65_535).describe("Port for clients."),
  instance: z.string().min(1).describe("The instance that serves this port."),
  to: z.int().min(1).max(65_535).describe("Port of that instance's listener."),
  proxyHeader: z
    .boolean()
    .optional()
    .describe("Whether to send a PROXY header; by default if the listener needs one (proxyProtocol: v2)."),
});
export type Listener = z.infer<typeof Listener>;

/** An NLB: static addresses and listeners, each forwarding to an instance. A virtual domain may have its own. */
export const LoadBalancerConfig = z.strictObject({
  scheme: z
    .enum(["internet-facing", "internal"])
    .default("internet-facing")
    .describe("internal: reachable only from the VPC and the networks connected to it."),
  addresses: z
    .array(resourceId("eipalloc"))
    .optional()
    .describe("Your own Elastic IPs, one per zone; by default new ones are allocated."),
  privateAddresses: z
    .array(address)
    .optional()
    .describe("Fixed addresses of an internal load balancer, one per zone, in the subnets' order."),
  clients: z
    .array(clientNetwork)
    .min(1)
    .optional()
    .describe("Networks that may connect, of IPv6 with dualStack; by default all."),
  wideClients,
  dualStack: z
    .boolean()
    .default(false)
    .describe("Accept IPv6 clients too; the edge sees the load balancer's address instead of theirs."),
  crossZone: z
    .boolean()
    .default(false)
    .describe("Spread clients over all zones; traffic between zones is charged."),
  hostName: z.string().min(1).optional().describe("Name that clients connect to."),
  record: z
    .enum(["none", "create"])
    .default("none")
    .describe(
      "create: cut over by creating hostName in domain.hostedZone, which fails if the name exists; none: you point it here yourself.",
    ),
  listeners: z
    .array(Listener)
    .describe(
      "Ports for clients. Without any the load balancer can be removed: it loses its deletion protection.",
    ),
});
export type LoadBalancerConfig = z.infer<typeof LoadBalancerConfig>;

/** The networks that may connect to a load balancer. */
export const clientsOf = ({ clients, dualStack }: LoadBalancerConfig): string[] =>
  clients ?? ["0.0.0.0/0", ...(dualStack ? ["::/0"] : [])];
