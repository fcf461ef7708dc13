import type { Fault } from "../../bin/config/mistakes.ts";
import { checkDns } from "./check-dns.ts";
import { overlap, prefixBits } from "./ip-networks.ts";
import { EVERYWHERE, type ExistingNetwork, type NewNetwork, rangesOf } from "./network.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Prefixes of a new VPC: AWS takes none that is wider, and three zones with a /20 and a /24 each fit in no narrower one. */
const VPC_PREFIX = { widest: 16, narrowest: 18 };

/** Of its first range where private subnets are in a second: three zones with a /24 each. */
const PUBLIC_PREFIX = { widest: 16, narrowest: 22 };

/** Private address space: to a range of one of these, AWS adds none of the others. */
const PRIVATE_SPACES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Checks the VPC, its subnets and routes, and that load balancers find in it what they need. */
export const checkNetwork = (config: DeploymentConfig): Fault[] =>
  "vpc" in config.network
    ? [...checkSubnets(config.network), ...checkPublic(config, config.network.publicSubnets.length > 0)]
    : [
        ...checkRanges(config.network),
        ...checkZones(config, config.network),
        ...checkRoutes(config.network),
        ...checkDns(config, config.network),
        ...checkDualStack(config, config.network),
        ...checkPrivateOnly(config.network),
        ...checkPublic(config, !config.network.privateOnly),
      ];

const checkSubnets = (network: ExistingNetwork): Fault[] =>
  (["publicSubnets", "privateSubnets"] as const)
    .filter((key) => network[key].length !== network.availabilityZones.length)
    .filter((key) => key === "privateSubnets" || network[key].length > 0)
    .map((key) => ({ path: ["network", key], text: "must have one entry per availability zone" }));

/** An internet-facing load balancer stands in public subnets. */
const checkPublic = ({ loadBalancers, network }: DeploymentConfig, hasPublic: boolean): Fault[] =>
  Object.entries(loadBalancers)
    .filter(([, { scheme }]) => scheme === "internet-facing" && !hasPublic)
    .map(([name]) => {
      const missing = "vpc" in network ? "network.publicSubnets" : "network.privateOnly: false";
      return { path: ["loadBalancers", name, "scheme"], text: `internet-facing needs ${missing}` };
    });

function checkPrivateOnly({ privateOnly, natGateways, dualStack }: NewNetwork): Fault[] {
  if (!privateOnly) return [];
  const fault = (field: string, text: string): Fault => ({ path: ["network", field], text });
  return [
    ...(natGateways > 0
      ? [fault("natGateways", "stand in public subnets, and privateOnly has none; add a route for 0.0.0.0/0")]
      : []),
    ...(dualStack ? [fault("dualStack", "cannot be combined with privateOnly")] : []),
  ];
}

function checkRanges({ cidr, secondCidr }: NewNetwork): Fault[] {
  const each = "each zone takes a /20 and a /24";
  if (secondCidr === undefined) return checkPrefix("cidr", cidr, VPC_PREFIX, each);
  const faults = [
    ...checkPrefix("cidr", cidr, PUBLIC_PREFIX, "each zone takes a /24"),
    ...checkPrefix("secondCidr", secondCidr, VPC_PREFIX, "each zone takes a /20"),
  ];
  const path = ["network", "secondCidr"];
  if (overlap(cidr, secondCidr)) faults.push({ path, text: `overlaps cidr, ${cidr}` });
  const [space, other] = [cidr, secondCidr].map((range) => PRIVATE_SPACES.find((one) => overlap(one, range)));
  if (space !== undefined && other !== undefined && space !== other)
    faults.push({ path, text: `is in ${other}: AWS adds no range of it to a VPC in ${space}` });
  return faults;
}

function checkPrefix(
  field: string,
  range: string,
  { widest, narrowest }: typeof VPC_PREFIX,
  why: string,
): Fault[] {
  const bits = prefixBits(range);
  if (bits >= widest && bits <= narrowest) return [];
  const text = `must be between a /${widest} and a /${narrowest}: ${why}`;
  return [{ path: ["network", field], text }];
}

function checkZones({ environment: { region } }: DeploymentConfig, network: NewNetwork): Fault[] {
  const { availabilityZones: named, zones } = network;
  if (named === undefined) return [];
  const path = ["network", "availabilityZones"];
  if (new Set(named).size !== zones || named.length !== zones)
    return [{ path, text: `must have one entry per zone, ${zones}` }];
  return named.flatMap((name, index) =>
    region === undefined || name.startsWith(region)
      ? []
      : [{ path: [...path, index], text: `is not a zone of ${region}` }],
  );
}

/** A wider route than the VPC is right: addresses of the VPC itself go by its own route. */
function checkRoutes(network: NewNetwork): Fault[] {
  const { routes, natGateways } = network;
  return routes.flatMap(({ destination, transitGateway, peering, virtualPrivateGateway }, index) => {
    const path = ["network", "routes", index];
    const faults: Fault[] = [];
    const ways = [transitGateway, peering, virtualPrivateGateway].filter((way) => way !== undefined);
    if (ways.length !== 1)
      faults.push({ path, text: "needs exactly one of transitGateway, peering and virtualPrivateGateway" });
    const fault = (text: string) => faults.push({ path: [...path, "destination"], text });
    for (const range of rangesOf(network))
      if (overlap(destination, range) && prefixBits(destination) >= prefixBits(range))
        fault(`is inside the VPC, ${range}: AWS takes no route for it`);
    if (destination === EVERYWHERE && natGateways > 0) fault("is the NAT gateways' own route");
    if (routes.findIndex((other) => other.destination === destination) !== index)
      fault("is already the destination of another route");
    return faults;
  });
}

const checkDualStack = ({ loadBalancers }: DeploymentConfig, { dualStack }: NewNetwork): Fault[] =>
  Object.entries(loadBalancers)
    .filter(([, balancer]) => balancer.dualStack && !dualStack)
    .map(([name]) => ({ path: ["loadBalancers", name, "dualStack"], text: "needs network.dualStack" }));
