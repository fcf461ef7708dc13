import * as ec2 from "aws-cdk-lib/aws-ec2";
import { rangesOf } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { publish } from "../common/references.ts";
import { allowDns, allowHttps, newGroup } from "../common/security-groups.ts";

/**
 * The security group that every edge has, wherever it runs: it may connect to stores, and the route API admits it. What
 * admits clients is made with the hosts or tasks that they connect to.
 */
export function edgeGroup(stack: DeployedStack, vpc: ec2.IVpc, config: DeploymentConfig): void {
  const { network, storeNetworks } = config;
  const group = newGroup(stack, "Edge", vpc, "Edge proxies");
  const stores = storeNetworks.length > 0 ? storeNetworks : rangesOf(network);
  for (const port of storePorts(config))
    for (const to of stores) group.addEgressRule(ec2.Peer.ipv4(to), ec2.Port.tcp(port), "Mail stores");
  allowHttps(group);
  allowDns(group, config);
  publish(stack, config, "edge-group", group.securityGroupId);
}

const storePorts = ({ stores }: DeploymentConfig): number[] => [
  ...new Set(Object.values(stores).flatMap(({ imap, pop3 }) => [imap?.port ?? [], pop3?.port ?? []].flat())),
];
