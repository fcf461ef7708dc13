import type { Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { type ExistingNetwork, rangesOf } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

export const HTTPS = ec2.Port.tcp(443);
/** DNS by UDP, and by TCP for long answers. */
export const DNS_PORTS = [ec2.Port.udp(53), ec2.Port.tcp(53)];

/** A security group that nothing may leave without a rule. */
export const newGroup = (stack: Stack, id: string, vpc: ec2.IVpc, description: string): ec2.SecurityGroup =>
  new ec2.SecurityGroup(stack, `${id}Group`, { vpc, description, allowAllOutbound: false });

/** The operator's own security groups for a part, beside the deployment's. */
export const ownGroups = (
  stack: Stack,
  { network }: DeploymentConfig,
  part: keyof ExistingNetwork["securityGroups"],
): ec2.ISecurityGroup[] =>
  "vpc" in network
    ? network.securityGroups[part].map((id) =>
        ec2.SecurityGroup.fromSecurityGroupId(stack, `Own-${id}`, id, { mutable: false }),
      )
    : [];

/** Admits to the route API and AWS's services; S3 and DynamoDB have addresses outside the VPC. */
export const allowHttps = (group: ec2.SecurityGroup): void =>
  group.addEgressRule(ec2.Peer.anyIpv4(), HTTPS, "AWS services, route API");

/** Admits to the DNS servers of an existing VPC; Amazon's, the default, needs no rule. */
export function allowDns(group: ec2.SecurityGroup, { network }: DeploymentConfig): void {
  if (!("vpc" in network)) return;
  for (const server of network.dnsServers)
    for (const port of DNS_PORTS) group.addEgressRule(ec2.Peer.ipv4(`${server}/32`), port, "DNS");
}

/** Admits to the directory, at the ports of its URLs. */
export function allowDirectory(group: ec2.SecurityGroup, config: DeploymentConfig): void {
  const { network, directoryNetworks } = config;
  const directories = directoryNetworks.length > 0 ? directoryNetworks : rangesOf(network);
  for (const port of directoryPorts(config))
    for (const to of directories) group.addEgressRule(ec2.Peer.ipv4(to), ec2.Port.tcp(port), "Directory");
}

const directoryPorts = ({ directory }: DeploymentConfig): number[] =>
  "ldif" in directory
    ? []
    : [
        ...new Set(
          directory.url.map((url) => Number(new URL(url).port) || (url.startsWith("ldaps:") ? 636 : 389)),
        ),
      ];
