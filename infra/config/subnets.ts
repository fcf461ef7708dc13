import type { DeployedListener, DeploymentConfig } from "./schema.ts";

/** Lengths of the subnets' prefixes in a VPC that the deployment makes, in bits. */
export const SUBNET_BITS = { public: 24, private: 20 } as const;

type SubnetKind = keyof typeof SUBNET_BITS;

/** The networks of the subnets in a VPC of `zones` zones, in the order in which the CDK allots them: public ones first. */
export function subnetNetworks(cidr: string, zones: number): Record<SubnetKind, string[]> {
  const [address = "", bits = ""] = cidr.split("/");
  const start = address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
  let next = start - (start % 2 ** (32 - Number(bits)));
  const take = (kind: SubnetKind): string[] => {
    const size = 2 ** (32 - SUBNET_BITS[kind]);
    return Array.from({ length: zones }, () => {
      const at = Math.ceil(next / size) * size;
      next = at + size;
      return `${[24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join(".")}/${SUBNET_BITS[kind]}`;
    });
  };
  return { public: take("public"), private: take("private") };
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
  const subnets = subnetNetworks(network.cidr, network.zones);
  const kinds = Object.values(loadBalancers)
    .filter(({ listeners }) => listeners.some((outer) => outer.instance === instance && outer.to === port))
    .map(({ scheme }): SubnetKind => (scheme === "internal" ? "private" : "public"));
  return [...new Set(kinds)].flatMap((kind) => subnets[kind]);
}
