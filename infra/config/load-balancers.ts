import { z } from "zod";
import { network } from "./network.ts";

const Listener = z.strictObject({
  port: z.int().min(1).max(65_535).describe("Port for clients."),
  instance: z.string().min(1).describe("The instance that serves this port."),
  to: z.int().min(1).max(65_535).describe("Port of that instance's listener."),
});
export type Listener = z.infer<typeof Listener>;

/** An NLB: static addresses and listeners, each forwarding to an instance. A virtual domain may have its own. */
export const LoadBalancerConfig = z.strictObject({
  scheme: z
    .enum(["internet-facing", "internal"])
    .default("internet-facing")
    .describe("internal: reachable only from the VPC and the networks connected to it."),
  clients: z.array(network).min(1).default(["0.0.0.0/0"]).describe("Networks that may connect."),
  dualStack: z
    .boolean()
    .default(false)
    .describe("Accept IPv6 clients too; the edge sees the load balancer's address instead of theirs."),
  crossZone: z
    .boolean()
    .default(false)
    .describe("Spread clients over all zones; traffic between zones is charged."),
  hostName: z.string().min(1).optional().describe("Its DNS name, in domain.hostedZone."),
  listeners: z.array(Listener).min(1).max(50),
});
export type LoadBalancerConfig = z.infer<typeof LoadBalancerConfig>;
