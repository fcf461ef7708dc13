import { Annotations, type Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { DeploymentConfig } from "../../config/schema.ts";
import { published, type Reference } from "./references.ts";

type SubnetKind = "public" | "private";

/** The deployment's VPC as other stacks than its own see it, with the subnets that they use. */
export function deployedVpc(
  stack: Stack,
  config: DeploymentConfig,
  ...kinds: readonly SubnetKind[]
): ec2.IVpc {
  const { network } = config;
  const existing = "vpc" in network ? network : undefined;
  const zones = stack.availabilityZones;
  const subnets = (kind: SubnetKind): string[] =>
    existing?.[`${kind}Subnets`] ??
    zones.map((_, index) => published(stack, config, `${kind}-subnet-${index + 1}`));
  const vpc = ec2.Vpc.fromVpcAttributes(stack, "Vpc", {
    vpcId: existing?.vpc ?? published(stack, config, "vpc"),
    vpcCidrBlock: network.cidr,
    availabilityZones: zones,
    ...(kinds.includes("public") ? { publicSubnetIds: subnets("public") } : {}),
    ...(kinds.includes("private") ? { privateSubnetIds: subnets("private") } : {}),
  });
  Annotations.of(vpc).acknowledgeWarning("@aws-cdk/aws-ec2:noSubnetRouteTableId", "No stack asks for one.");
  return vpc;
}

/** A security group that another stack has published. Its rules are made where what they admit is. */
export const publishedGroup = (
  stack: Stack,
  config: DeploymentConfig,
  reference: Reference,
): ec2.ISecurityGroup =>
  ec2.SecurityGroup.fromSecurityGroupId(stack, `Group-${reference}`, published(stack, config, reference), {
    mutable: false,
  });
