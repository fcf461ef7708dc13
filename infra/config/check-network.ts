import type { Fault } from "../../bin/config/mistakes.ts";
import { checkDns } from "./check-dns.ts";
import { overlap, prefixBits } from "./ip-networks.ts";
import type { ExistingNetwork, NewNetwork } from "./network.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Prefixes of a new VPC: AWS takes none that is wider, and three zones with a /20 and a /24 each fit in no narrower one. */
const VPC_PREFIX = { widest: 16, narrowest: 18 };

/** Checks the VPC, its subnets and routes, and that load balancers find in it what they need. */
export const checkNetwork = (config: DeploymentConfig): Fault[] =>
  "vpc" in config.network
    ? checkSubnets(config.network)
    : [
        ...checkRange(config.network),
        ...checkRoutes(config.network),
        ...checkDns(config, config.network),
        ...checkDualStack(config, config.network),
      ];

const checkSubnets = (network: ExistingNetwork): Fault[] =>
  (["publicSubnets", "privateSubnets"] as const)
    .filter((key) => network[key].length !== network.availabilityZones.length)
    .map((key) => ({ path: ["network", key], text: "must have one entry per availability zone" }));

function checkRange({ cidr }: NewNetwork): Fault[] {
  const { widest, narrowest } = VPC_PREFIX;
  const bits = prefixBits(cidr);
  if (bits >= widest && bits <= narrowest) return [];
  const text = `must be between a /${widest} and a /${narrowest}: each zone takes a /20 and a /24`;
  return [{ path: ["network", "cidr"], text }];
}

/** A wider route than the VPC is right: addresses of the VPC itself go by its own route. */
function checkRoutes({ cidr, routes }: NewNetwork): Fault[] {
  return routes.flatMap(({ destination, transitGateway, peering, virtualPrivateGateway }, index) => {
    const path = ["network", "routes", index];
    const faults: Fault[] = [];
    const ways = [transitGateway, peering, virtualPrivateGateway].filter((way) => way !== undefined);
    if (ways.length !== 1)
      faults.push({ path, text: "needs exactly one of transitGateway, peering and virtualPrivateGateway" });
    const fault = (text: string) => faults.push({ path: [...path, "destination"], text });
    if (overlap(destination, cidr) && prefixBits(destination) >= prefixBits(cidr))
      fault(`is inside the VPC, ${cidr}: AWS takes no route for it`);
    if (routes.findIndex((other) => other.destination === destination) !== index)
      fault("is already the destination of another route");
    return faults;
  });
}

const checkDualStack = ({ loadBalancers }: DeploymentConfig, { dualStack }: NewNetwork): Fault[] =>
  Object.entries(loadBalancers)
    .filter(([, balancer]) => balancer.dualStack && !dualStack)
    .map(([name]) => ({ path: ["loadBalancers", name, "dualStack"], text: "needs network.dualStack" }));
