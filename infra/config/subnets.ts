import type { NewNetwork } from "./network.ts";
import type { DeployedListener, DeploymentConfig } from "./schema.ts";

/** Lengths of the subnets' prefixes in a VPC that the deployment makes, in bits. */
export const SUBNET_BITS = { public: 24, private: 20 } as const;

type SubnetKind = keyof typeof SUBNET_BITS;

/**
 * The networks of the subnets in a VPC of the deployment's own: one per zone, public ones first. Private ones follow in
 * the same range, or are in the second.
 */
export function subnetNetworks({
  cidr,
  secondCidr,
  zones,
  privateOnly,
}: Pick<NewNetwork, "cidr" | "secondCidr" | "zones" | "privateOnly">): Record<SubnetKind, string[]> {
  const open = privateOnly ? [] : take(numberOf(cidr), "public", zones);
  const from =
    secondCidr === undefined ? numberOf(cidr) + open.length * sizeOf("public") : numberOf(secondCidr);
  return { public: open, private: take(from, "private", zones) };
}

const sizeOf = (kind: SubnetKind): number => 2 ** (32 - SUBNET_BITS[kind]);

/** The first address of a network, as a number. */
const numberOf = (cidr: string): number =>
  (cidr.split("/")[0] ?? "").split(".").reduce((number, octet) => number * 256 + Number(octet), 0);

/** The next subnets of a kind from an address on. */
function take(from: number, kind: SubnetKind, count: number): string[] {
  const size = sizeOf(kind);
  const first = Math.ceil(from / size) * size;
  return Array.from({ length: count }, (_, index) => {
    const octets = [24, 16, 8, 0].map((shift) => Math.floor((first + index * size) / 2 ** shift) % 256);
    return `${octets.join(".")}/${SUBNET_BITS[kind]}`;
  });
}

/**
 * Where an NLB's PROXY headers for a listener come from: the subnets of the load balancers that lead to it. Undefined in
 * an existing VPC, whose subnets are known by their ids alone.
 */
export function balancerNetworks(
  { network, loadBalancers }: DeploymentConfig,
  instance: string,
  { port }: DeployedListener,
): string[] | undefined {
  if ("vpc" in network) return undefined;
  const subnets = subnetNetworks(network);
  const kinds = Object.values(loadBalancers)
    .filter(({ listeners }) => listeners.some((outer) => outer.instance === instance && outer.to === port))
    .map(({ scheme }): SubnetKind => (scheme === "internal" ? "private" : "public"));
  return [...new Set(kinds)].flatMap((kind) => subnets[kind]);
}
