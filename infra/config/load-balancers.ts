import { z } from "zod";
import { network } from "./network.ts";

const Listener = z.strictObject({
  port: z.int().min(1).max(65_535).describe("Port for clients."),
  instance: z.string().min(1).describe("Which of `instances` answers."),
  to: z.int().min(1).max(65_535).describe("Port of that instance's listener."),
});
export type Listener = z.infer<typeof Listener>;

/** An NLB: static addresses, and listeners that lead to instances. A virtual domain may have one of its own. */
export const LoadBalancerConfig = z.strictObject({
  scheme: z
    .enum(["internet-facing", "internal"])
    .default("internet-facing")
    .describe("internal: reached from the VPC, and what it is connected with, alone."),
  clients: z.array(network).min(1).default(["0.0.0.0/0"]).describe("Who may connect."),
  dualStack: z
    .boolean()
    .default(false)
    .describe("IPv6 clients too; the edge sees the load balancer's address for theirs."),
  crossZone: z
    .boolean()
    .default(false)
    .describe("Spread clients over all zones; traffic between zones costs."),
  hostName: z.string().min(1).optional().describe("Name that leads to it, in domain.hostedZone."),
  listeners: z.array(Listener).min(1).max(50),
});
export type LoadBalancerConfig = z.infer<typeof LoadBalancerConfig>;
